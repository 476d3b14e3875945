#pragma once
// Searching for what is hardly ever there.

#include <atomic>
#include <cinta/ops/kernels/loop/parallel_for.hpp>

namespace cinta::kernels {

/// Whether the signed number f(i) is negative for some i of n, in parallel. Blocks are looked at as
/// a whole, which compilers can do with vectors.
template <class F>
bool any_negative(std::int64_t n, const F& f) {
  constexpr std::int64_t block = 1024;
  std::atomic<bool> found{false};
  parallel_for(n, 4 * grain, [f, &found](std::int64_t begin, std::int64_t end) {
    for (; begin < end && !found.load(std::memory_order_relaxed); begin += block) {
      decltype(f(begin)) signs = 0;
      for (std::int64_t i = begin; i < std::min(end, begin + block); ++i) signs |= f(i);
      if (signs < 0) found.store(true, std::memory_order_relaxed);
    }
  });
  return found.load(std::memory_order_relaxed);
}

}  // namespace cinta::kernels
