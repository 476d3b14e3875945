#pragma once
// Private to reduce: rows shorter than the lanes, in the translation unit of one instruction set.

#include <algorithm>
#include <cstdint>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// Elements below which a row is short.
constexpr int short_row = 16;

/// finish(i, f(f(first, x[i, 0]), x[i, 1]), ...) for the dense rows from `begin` to before `end` of
/// n < short_row elements. They are turned over, so that a step is one of many rows. Functions are
/// copies: compilers see that no store can change what these hold.
template <class A, class T, class F, class Finish>
void fold_short_rows(const T* x, std::int64_t begin, std::int64_t end, std::int64_t n, A first, F f,
                     Finish finish) {
  constexpr int together = 64;
  A turned[short_row][together] = {}, all[together];
  for (std::int64_t row = begin; row < end; row += together) {
    const int count = int(std::min<std::int64_t>(together, end - row));
    const T* const from = x + row * n;
    for (std::int64_t k = 0; k < n; ++k)
      for (int j = 0; j < count; ++j) turned[k][j] = A(from[j * n + k]);
    for (A& value : all) value = first;
    for (std::int64_t k = 0; k < n; ++k) {
#pragma omp simd
      for (int j = 0; j < together; ++j) all[j] = f(all[j], turned[k][j]);
    }
    for (int j = 0; j < count; ++j) finish(row + j, all[j]);
  }
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
