#pragma once
// Private to sums by id: one part of a table is made in a cache while the one before is on its way
// to memory.

#include <cinta/ops/kernels/scatter_add/row_buckets.hpp>
#include <cstdint>

namespace cinta::kernels {

/// Rows of x, `width` elements each, to be added to the rows of a part that `ids` name.
template <class T>
struct PartSums {
  RowBuckets::Bucket ids;
  const T* x;
  std::int64_t width;
  T* part;
  std::uint8_t* counts;  // of each row, what it got since its last block; null if none gets many
};

/// Whole cache lines that are to be written with streaming stores, zeros being left where they
/// were. finish_streaming() is the caller's.
struct LinesBehind {
  char *to, *from;
  std::int64_t lines;
};

/// Adds from the id `next` on, one row after another, until a row has got a block of `sum_block`,
/// which the caller has to take, or until the end. `next` becomes the id after it. Lines behind
/// are written in between, all of them at the end.
void add_to_part(const PartSums<float>& sums, LinesBehind& behind, std::int64_t& next);
void add_to_part(const PartSums<double>& sums, LinesBehind& behind, std::int64_t& next);

}  // namespace cinta::kernels
