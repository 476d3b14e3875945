#pragma once
// StridedWalk: how several arrays of one (broadcast) shape are stepped through together.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <span>

namespace cinta::kernels {

namespace detail {

/// Fills sizes and steps (in bytes) of `arrays` broadcast to the shape of arrays[0]: axes of size
/// 1 are dropped, axes that continue each other in every array are merged. The rank is at least 1.
void plan_strided_walk(std::span<const Array> arrays, Shape& sizes, std::span<Strides> steps);

}  // namespace detail

/// The axes that are left of at most N arrays, of which the first has the full shape.
template <int N>
struct StridedWalk {
  int count;
  Shape sizes;
  Strides steps[N];  // in bytes
  char* memory[N];

  explicit StridedWalk(std::span<const Array> arrays) : count(int(arrays.size())) {
    detail::plan_strided_walk(arrays, sizes, std::span(steps, arrays.size()));
    for (int k = 0; k < count; ++k) memory[k] = static_cast<char*>(arrays[std::size_t(k)].memory);
  }

  int rank() const { return sizes.rank(); }
  std::int64_t inner_size() const { return sizes.back(); }
  std::int64_t inner_step(int k) const { return steps[k].back(); }

  /// Calls row(pointers, n) for blocks of the innermost axis, in parallel, and in each thread
  /// done() after its last one.
  template <class Row, class Done>
  void for_each_row(const Row& row, const Done& done) const {
    constexpr std::int64_t longest = 8192;
    const int last = rank() - 1;
    const std::int64_t size = sizes[last];
    const std::int64_t blocks = (size + longest - 1) / longest;
    std::int64_t rows = 1;
    for (int i = 0; i < last; ++i) rows *= sizes[i];
    const std::int64_t block_size = size < longest ? size : longest;
    parallel_for(rows * blocks, grain_of(block_size), [&](std::int64_t begin, std::int64_t end) {
      // Position of row `begin`, then counted up like an odometer.
      Shape index = Shape::filled(last);
      char* p[N];
      for (int k = 0; k < count; ++k) p[k] = memory[k];
      std::int64_t rest = begin / blocks;
      std::int64_t block = begin % blocks;
      for (int i = last - 1; i >= 0; --i) {
        index[i] = rest % sizes[i];
        rest /= sizes[i];
        for (int k = 0; k < count; ++k) p[k] += index[i] * steps[k][i];
      }
      for (std::int64_t unit = begin;;) {
        char* q[N];
        const std::int64_t start = block * longest;
        for (int k = 0; k < count; ++k) q[k] = p[k] + start * steps[k][last];
        row(q, std::min(longest, size - start));
        if (++unit == end) return done();
        if (++block < blocks) continue;
        block = 0;
        for (int i = last - 1; i >= 0; --i) {
          for (int k = 0; k < count; ++k) p[k] += steps[k][i];
          if (++index[i] < sizes[i]) break;
          for (int k = 0; k < count; ++k) p[k] -= sizes[i] * steps[k][i];
          index[i] = 0;
        }
      }
    });
  }
  template <class Row>
  void for_each_row(const Row& row) const {
    for_each_row(row, [] {});
  }
};

}  // namespace cinta::kernels
