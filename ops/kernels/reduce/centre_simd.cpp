// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/centre.hpp>
#include <cmath>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void centre_rows(const Array& x, const Array& y);

namespace {

constexpr std::int64_t unit = 32 * 1024;  // elements of a long row whose sum is one thread's

// Of rows whose elements are so far apart that their sum is out of range.
constexpr double small = 0x1p-64;

// The sum of scale * (x - origin), in a fixed number of lanes.
template <class T>
double sum_from(const T* x, T origin, double scale, std::int64_t n) {
  constexpr int lanes = 16;
  const double zero = double(origin) * scale;
  double sums[lanes] = {};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
#pragma omp simd
    for (int k = 0; k < lanes; ++k) sums[k] += double(x[i + k]) * scale - zero;
  }
  for (int k = 0; i < n; ++i, ++k) sums[k] += double(x[i]) * scale - zero;
  for (int width = lanes / 2; width > 0; width /= 2)
    for (int k = 0; k < width; ++k) sums[k] += sums[k + width];
  return sums[0];
}

// The mean is that of scale * (x - origin).
template <class T>
void subtract(const T* x, T origin, double mean, double scale, std::int64_t n, T* y) {
  const double zero = double(origin) * scale, back = 1 / scale;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = T(((double(x[i]) * scale - zero) - mean) * back);
}

}  // namespace

void centre_rows(const Array& x, const Array& y) {
  if (x.numel() == 0) return;
  const std::int64_t n = x.shape.back(), rows = x.numel() / n;
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    if (n <= unit) {
      parallel_for(rows, grain_of(n), [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin * n; i < end * n; i += n) {
          double scale = 1, sum = sum_from(from + i, from[i], scale, n);
          if (!std::isfinite(sum)) sum = sum_from(from + i, from[i], scale = small, n);
          subtract(from + i, from[i], sum / double(n), scale, n, to + i);
        }
      });
      return;
    }
    // Long rows are cut into units of one size, whose sums are added in order.
    const std::int64_t units = (n + unit - 1) / unit;
    std::vector<double> sums(std::size_t(rows * units)), scales(std::size_t(rows), 1);
    const auto for_units = [&](const auto& f) {
      parallel_for(rows * units, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t u = begin; u < end; ++u) {
          const std::int64_t start = u % units * unit;
          f(u, u / units * n, start, std::min(unit, n - start));
        }
      });
    };
    std::vector<double> means(static_cast<std::size_t>(rows));
    for (bool again = true; again;) {
      again = false;
      for_units([&](std::int64_t u, std::int64_t row, std::int64_t start, std::int64_t size) {
        sums[std::size_t(u)] =
            sum_from(from + row + start, from[row], scales[std::size_t(u / units)], size);
      });
      for (std::int64_t i = 0; i < rows; ++i) {
        double &mean = means[std::size_t(i)], &scale = scales[std::size_t(i)];
        mean = 0;
        for (std::int64_t u = 0; u < units; ++u) mean += sums[std::size_t(i * units + u)];
        mean /= double(n);
        if (scale == 1 && !std::isfinite(mean)) scale = small, again = true;
      }
    }
    for_units([&](std::int64_t u, std::int64_t row, std::int64_t start, std::int64_t size) {
      subtract(from + row + start, from[row], means[std::size_t(u / units)],
               scales[std::size_t(u / units)], size, to + row + start);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
