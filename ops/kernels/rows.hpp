#pragma once
// What kernels that work row by row share. Only for *_simd.cpp files: each instruction set compiles
// its own copy.

#include <cinta/autograd/storage.hpp>
#include <cinta/ops/kernels/parallel.hpp>

namespace cinta::kernels {

/// Calls row(i, n) for each row of a (..., n) array, in parallel.
template <class F>
void for_each_row(const Array& x, const F& row) {
  constexpr std::int64_t grain_elements = 8 * 1024;
  const std::int64_t n = x.shape.back();
  if (x.numel() == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, grain_elements / n);
  parallel_for(x.numel() / n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) row(i, n);
  });
}

/// Sum of element(k) for k below n: lanes of T in short blocks, which add up in double.
template <class T, class F>
double blocked_sum(std::int64_t n, const F& element) {
  constexpr std::int64_t lanes = 16, block = 1024;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t end = std::min(n, start + block);
    T sums[lanes] = {};
    std::int64_t k = start;
    for (; k + lanes <= end; k += lanes)
      for (std::int64_t j = 0; j < lanes; ++j) sums[j] += element(k + j);
    for (std::int64_t j = 0; k < end; ++k, ++j) sums[j] += element(k);
    for (T sum : sums) total += sum;
  }
  return total;
}

}  // namespace cinta::kernels
