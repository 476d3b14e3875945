// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/optimizer/many_arrays.hpp>
#include <cinta/ops/kernels/optimizer/shares.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void squares_of_arrays(std::span<const DenseArray> arrays, std::span<double> sums);
void scale_arrays(std::span<const DenseArray> arrays, double factor);
void blend_arrays(std::span<const DenseArray> y, std::span<const DenseArray> x, double share);

namespace {

constexpr std::int64_t block = 8192;

struct Block {
  std::size_t array;
  std::int64_t begin, end;
};

std::vector<Block> blocks_of(std::span<const DenseArray> arrays) {
  std::vector<Block> blocks;
  for (std::size_t i = 0; i < arrays.size(); ++i)
    for (std::int64_t begin = 0; begin < arrays[i].count; begin += block)
      blocks.push_back({i, begin, std::min(begin + block, arrays[i].count)});
  return blocks;
}

// Calls f(i, begin, end) for elements of array i, in several threads.
template <class F>
void for_each_part(std::span<const DenseArray> arrays, const F& f) {
  std::int64_t all = 0;
  for (const DenseArray& array : arrays) all += array.count;
  for_each_share(all, [&](const Share& share) {
    for (std::size_t i = 0; i < arrays.size(); ++i)
      f(i, share.begin_of(arrays[i].count), share.end_of(arrays[i].count));
  });
}

// In a fixed number of lanes, the same in every instruction set.
template <class T>
double sum_of_squares(const T* x, std::int64_t n) {
  constexpr std::int64_t lanes = 32;
  double sums[lanes] = {};
  std::int64_t k = 0;
  for (; k + lanes <= n; k += lanes)
    for (std::int64_t i = 0; i < lanes; ++i) sums[i] += double(x[k + i]) * double(x[k + i]);
  for (std::int64_t i = 0; k + i < n; ++i) sums[i] += double(x[k + i]) * double(x[k + i]);
  for (std::int64_t half = lanes / 2; half > 0; half /= 2)
    for (std::int64_t i = 0; i < half; ++i) sums[i] += sums[i + half];
  return sums[0];
}

}  // namespace

void squares_of_arrays(std::span<const DenseArray> arrays, std::span<double> sums) {
  const std::vector<Block> blocks = blocks_of(arrays);
  std::vector<double> parts(blocks.size());
  parallel_for(std::int64_t(blocks.size()), grain_of(block),
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::size_t i = std::size_t(begin); i < std::size_t(end); ++i) {
                   const DenseArray& array = arrays[blocks[i].array];
                   parts[i] = dispatch_floating(array.dtype, [&]<class T>() {
                     return sum_of_squares(static_cast<const T*>(array.memory) + blocks[i].begin,
                                           blocks[i].end - blocks[i].begin);
                   });
                 }
               });
  std::fill(sums.begin(), sums.end(), 0.0);
  for (std::size_t i = 0; i < blocks.size(); ++i) sums[blocks[i].array] += parts[i];
}

void scale_arrays(std::span<const DenseArray> arrays, double factor) {
  for_each_part(arrays, [&](std::size_t i, std::int64_t begin, std::int64_t end) {
    dispatch_floating(arrays[i].dtype, [&]<class T>() {
      T* const x = static_cast<T*>(arrays[i].memory);
      const T by = T(factor);
      for (std::int64_t k = begin; k < end; ++k) x[k] *= by;
    });
  });
}

void blend_arrays(std::span<const DenseArray> y, std::span<const DenseArray> x, double share) {
  for_each_part(y, [&](std::size_t i, std::int64_t begin, std::int64_t end) {
    dispatch_floating(y[i].dtype, [&]<class T>() {
      T* const to = static_cast<T*>(y[i].memory);
      const T* const from = static_cast<const T*>(x[i].memory);
      const T part = T(share);
      if (share == 1) {
        std::copy(from + begin, from + end, to + begin);
      } else {
        for (std::int64_t k = begin; k < end; ++k) to[k] += part * (from[k] - to[k]);
      }
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
