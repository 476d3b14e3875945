// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/linalg/distance.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cmath>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void distances(const Array& a, const Array& b, const Array& y);

namespace {

constexpr int lanes = 16;

template <class T>
double distance(const T* a, const T* b, std::int64_t n, double unit) {
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int k = 0; k < lanes; ++k) {
      const double d = (double(a[i + k]) - double(b[i + k])) * unit;
      sums[k] += d * d;
    }
  }
  for (int k = 0; i < n; ++i, ++k) {
    const double d = (double(a[i]) - double(b[i])) * unit;
    sums[k] += d * d;
  }
  for (int width = lanes / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) sums[k] += sums[k + width];
  return std::sqrt(sums[0]) / unit;
}

}  // namespace

void distances(const Array& a, const Array& b, const Array& y) {
  const std::int64_t rows = y.shape[1], columns = y.shape[2], n = a.shape[2];
  if (y.numel() == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const T *left = a.data<T>(), *right = b.data<T>();
    T* to = y.data<T>();
    parallel_for(y.shape[0] * rows, grain_of(columns * n),
                 [=](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t row = begin; row < end; ++row) {
                     const T* const first = right + row / rows * columns * n;
                     for (std::int64_t j = 0; j < columns; ++j) {
                       double d = distance(left + row * n, first + j * n, n, 1);
                       // Squares that left the range of double: again, in another unit.
                       if (std::isinf(d)) d = distance(left + row * n, first + j * n, n, 0x1p-540);
                       if (d < 0x1p-500) d = distance(left + row * n, first + j * n, n, 0x1p540);
                       to[row * columns + j] = T(d);
                     }
                   }
                 });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
