#pragma once
// Loops over many arrays at once: each thread takes the same share of every array, so that it finds
// in its cache what it had there in other loops, and short arrays cost no loop of their own.

#include <cinta/ops/kernels/loop/parallel_for.hpp>

namespace cinta::kernels {

/// A range of the shares that arrays are cut into.
struct Share {
  std::int64_t first, last, all;

  /// The elements of an array of `count` that it is: begin_of(count), ..., end_of(count) - 1. They
  /// begin with a cache line.
  std::int64_t begin_of(std::int64_t count) const { return place(count, first); }
  std::int64_t end_of(std::int64_t count) const { return place(count, last); }

 private:
  std::int64_t place(std::int64_t count, std::int64_t share) const {
    constexpr std::int64_t line = 64;
    return share == all ? count : count * share / all / line * line;
  }
};

/// Calls f(share) for shares that are the whole together, in several threads if the arrays have
/// enough elements in all, without taking memory.
template <class F>
void for_each_share(std::int64_t elements, const F& f) {
  if (elements == 0) return;
  const std::int64_t shares = elements > grain ? 1024 : 1;
  const std::int64_t least = std::max<std::int64_t>(1, shares * grain / elements);
  parallel_for(shares, least, [&](std::int64_t begin, std::int64_t end) {
    f(Share{begin, end, shares});
  });
}

}  // namespace cinta::kernels
