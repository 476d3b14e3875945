#pragma once
// Private to sorting: the few elements that lie between two bounds.

#include <cinta/autograd/core/dtype.hpp>
#include <cstdint>

namespace cinta::kernels {

/// Numbers that are looked at in one call, and the bounds, one number each.
struct WithinBounds {
  static constexpr std::int64_t block = 1024, most = 32 * block;
  static constexpr std::int64_t spare = 64;  // bytes behind what is kept that may be overwritten

  Dtype dtype;  // float32, float64 or int64
  const void* x;
  std::int64_t count;  // at most `most`
  const void *low, *high;
  bool with_nan;  // within as well
};

/// What was found in all calls so far.
struct Within {
  std::int64_t count = 0, below = 0;
  bool has_nan = false;  // somewhere in x
};

/// Copies those that are neither below `low` nor above `high`, in order, to `kept`, or to nowhere
/// if that is null. counts[b] is how many of them block b has.
void keep_within(const WithinBounds& bounds, void* kept, std::uint16_t* counts, Within& within);

}  // namespace cinta::kernels
