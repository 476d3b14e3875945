#pragma once
// Private to sorting: the few elements that lie between two bounds.

#include <cinta/autograd/core/dtype.hpp>
#include <cstdint>

namespace cinta::kernels {

/// Numbers that are looked at in one call, and the bounds, one number each.
struct WithinBounds {
  static constexpr std::int64_t most = 8192;

  Dtype dtype;  // float32, float64 or int64
  const void* x;
  std::int64_t count;  // at most `most`
  const void *low, *high;
  bool with_nan;  // within as well
};

/// Writes where those are that are neither below `low` nor above `high`, in order, to `places`;
/// adds to `found` how many they are, and to `below` how many are below.
void find_within(const WithinBounds& bounds, std::uint16_t* places, std::int64_t& found,
                 std::int64_t& below);

}  // namespace cinta::kernels
