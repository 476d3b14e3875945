// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/linalg/distance.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cmath>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/simd/join_lanes.hpp>

namespace cinta::kernels::CINTA_SIMD {

void distances(const Array& a, const Array& b, const Array& y);
void weighted_differences(const Array& w, const Array& a, const Array& b, const Array& y);
void differences_along(const Array& v, const Array& a, const Array& b, const Array& y);

namespace {

constexpr int lanes = 16, part = 64;  // elements of a row whose sums stay in registers

// `count` elements of one row of weighted_differences: rows of b are n elements apart.
template <class T>
void weighted_part(const T* w, const T* a, const T* b, std::int64_t rows, std::int64_t n,
                   std::int64_t count, T* y) {
  double sums[part] = {};
  for (std::int64_t j = 0; j < rows; ++j) {
    const double weight = double(w[j]);
    if (weight == 0) continue;
    const T* const from = b + j * n;
#pragma omp simd
    for (std::int64_t k = 0; k < count; ++k) sums[k] += weight * (double(a[k]) - double(from[k]));
  }
  for (std::int64_t k = 0; k < count; ++k) y[k] = T(sums[k]);
}

double sum_of(double* sums) {
  return join_lanes<lanes>(sums, [](double a, double b) { return a + b; });
}

template <class T>
double product_with_difference(const T* v, const T* a, const T* b, std::int64_t n) {
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int k = 0; k < lanes; ++k)
      sums[k] += double(v[i + k]) * (double(a[i + k]) - double(b[i + k]));
  }
  for (int k = 0; i < n; ++i, ++k) sums[k] += double(v[i]) * (double(a[i]) - double(b[i]));
  return sum_of(sums);
}

// Squares of the distances between a row and `count` others. A difference of float32 is rounded
// by half a unit of its own, and overflows only where the distance does.
template <int count, class T>
void squared_distances(const T* a, const T* b, std::int64_t n, double* squares) {
  double sums[count][lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma GCC unroll 4
    for (int j = 0; j < count; ++j) {
#pragma omp simd
      for (int k = 0; k < lanes; ++k) {
        const double d = double(a[i + k] - b[j * n + i + k]);
        sums[j][k] += d * d;
      }
    }
  }
  for (int j = 0; j < count; ++j) {
    double rest = 0;
    for (std::int64_t k = i; k < n; ++k) {
      const double d = double(a[k] - b[j * n + k]);
      rest += d * d;
    }
    squares[j] = sum_of(sums[j]) + rest;
  }
}

// The distance where its square leaves the range of double, or comes near its lower end.
template <class T>
double scaled_distance(const T* a, const T* b, std::int64_t n, double unit) {
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) {
    const double d = (double(a[i]) - double(b[i])) * unit;
    sum += d * d;
  }
  return std::sqrt(sum) / unit;
}

}  // namespace

void distances(const Array& a, const Array& b, const Array& y) {
  const std::int64_t rows = y.shape[1], columns = y.shape[2], n = a.shape[2];
  if (y.numel() == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const T *left = a.data<T>(), *right = b.data<T>();
    T* to = y.data<T>();
    parallel_for(
        y.shape[0] * rows, grain_of(columns * n), [=](std::int64_t begin, std::int64_t end) {
          for (std::int64_t row = begin; row < end; ++row) {
            const T *const from = left + row * n, *const first = right + row / rows * columns * n;
            const auto finish = [=](std::int64_t j, double square) {
              double d = std::sqrt(square);
              if (std::isinf(d)) d = scaled_distance(from, first + j * n, n, 0x1p-540);
              if (d < 0x1p-500) d = scaled_distance(from, first + j * n, n, 0x1p540);
              to[row * columns + j] = T(d);
            };
            constexpr int some = 4;
            double squares[some];
            std::int64_t j = 0;
            for (; j + some <= columns; j += some) {
              squared_distances<some>(from, first + j * n, n, squares);
              for (int k = 0; k < some; ++k) finish(j + k, squares[k]);
            }
            for (; j < columns; ++j) {
              squared_distances<1>(from, first + j * n, n, squares);
              finish(j, squares[0]);
            }
          }
        });
  });
}

void weighted_differences(const Array& w, const Array& a, const Array& b, const Array& y) {
  const std::int64_t rows = w.shape[1], columns = w.shape[2], n = a.shape[2];
  if (y.numel() == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const T *weight = w.data<T>(), *left = a.data<T>(), *right = b.data<T>();
    T* to = y.data<T>();
    parallel_for(y.shape[0] * rows, grain_of(columns * n),
                 [=](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t row = begin; row < end; ++row) {
                     const T* const first = right + row / rows * columns * n;
                     for (std::int64_t k = 0; k < n; k += part) {
                       weighted_part(weight + row * columns, left + row * n + k, first + k, columns,
                                     n, std::min<std::int64_t>(part, n - k), to + row * n + k);
                     }
                   }
                 });
  });
}

void differences_along(const Array& v, const Array& a, const Array& b, const Array& y) {
  const std::int64_t rows = y.shape[1], columns = y.shape[2], n = a.shape[2];
  if (y.numel() == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const T *along = v.data<T>(), *left = a.data<T>(), *right = b.data<T>();
    T* to = y.data<T>();
    parallel_for(
        y.shape[0] * rows, grain_of(columns * n), [=](std::int64_t begin, std::int64_t end) {
          for (std::int64_t row = begin; row < end; ++row) {
            const T* const first = right + row / rows * columns * n;
            for (std::int64_t j = 0; j < columns; ++j)
              to[row * columns + j] =
                  T(product_with_difference(along + row * n, left + row * n, first + j * n, n));
          }
        });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
