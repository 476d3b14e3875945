#pragma once
// Copies of matrices that are dense by columns into memory that is dense by rows.

#include <cstdint>

namespace cinta::kernels {

/// to[r][c] = from[c][r] for r < rows, c < columns, elements of 4 or 8 bytes. Steps in bytes, from
/// one r to the next in `to` and from one c to the next in `from`; the other way the elements are
/// dense.
struct Transposition {
  const char* from;
  char* to;
  std::int64_t rows, columns;
  std::int64_t from_step, to_step;
  std::int64_t element;  // bytes
  bool streaming;        // the result is larger than a cache: do not read what is overwritten
};

/// Runs on the calling thread.
void transpose(const Transposition& t);

}  // namespace cinta::kernels
