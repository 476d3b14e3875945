#pragma once
// Triangular systems of several right hand sides, in lanes. Only for *_simd.cpp files.

#include <cinta/ops/kernels/linalg/lanes.hpp>
#include <cinta/ops/kernels/linalg/triangular.hpp>

namespace cinta::kernels {

/// x (n, k), the right hand sides, becomes the solution for the triangle of a (n, n).
template <class V>
[[gnu::flatten]] void substitute(const V* a, std::int64_t n, Triangle triangle, V* x,
                                 std::int64_t k) {
  const std::int64_t down = triangle.transposed ? n : 1, across = triangle.transposed ? 1 : n;
  const bool forward = triangle.upper == triangle.transposed;
  for (std::int64_t step = 0; step < n; ++step) {
    const std::int64_t i = forward ? step : n - 1 - step;
    V* const row = x + i * k;
    const std::int64_t first = forward ? 0 : i + 1, last = forward ? i : n;
    const V inverse = triangle.unit ? V(1) : V(1) / a[i * n + i];
    // Some columns at a time, which stay in registers.
    std::int64_t c = 0;
    for (; c + 4 <= k; c += 4) {
      V s0 = row[c], s1 = row[c + 1], s2 = row[c + 2], s3 = row[c + 3];
      for (std::int64_t j = first; j < last; ++j) {
        const V factor = a[i * across + j * down];
        const V* const other = x + j * k + c;
        s0 = s0 - factor * other[0];
        s1 = s1 - factor * other[1];
        s2 = s2 - factor * other[2];
        s3 = s3 - factor * other[3];
      }
      row[c] = s0 * inverse;
      row[c + 1] = s1 * inverse;
      row[c + 2] = s2 * inverse;
      row[c + 3] = s3 * inverse;
    }
    for (; c < k; ++c) {
      V sum = row[c];
      for (std::int64_t j = first; j < last; ++j)
        sum = sum - a[i * across + j * down] * x[j * k + c];
      row[c] = sum * inverse;
    }
  }
}

}  // namespace cinta::kernels
