// Compiled once per instruction set; see simd_level.hpp.

#include <cinta/ops/kernels/normalize.hpp>
#include <cinta/ops/kernels/rows.hpp>
#include <cmath>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void layer_norm(const Array& x, const Array* weight, const Array* bias, double eps, const Array& y);
void layer_norm_backward(const Array& x, const Array* weight, double eps, const Array& dy,
                         const LayerNormGradients& gradients);

namespace {

// Rows whose contributions to a column's gradient are added in the element's own precision; the
// sums of such units are added in order, so that the number of threads does not matter.
constexpr std::int64_t unit_rows = 64;

template <class T>
struct Statistics {
  T mean, scale;  // scale = 1 / sqrt(variance + eps)

  Statistics(const T* x, std::int64_t n, double eps)
      : mean(T(blocked_sum<T>(n, [=](std::int64_t k) { return x[k]; }) / double(n))) {
    const T m = mean;
    const double squares =
        blocked_sum<T>(n, [=](std::int64_t k) { return (x[k] - m) * (x[k] - m); });
    scale = T(1 / std::sqrt(squares / double(n) + eps));
  }
};

template <class T>
const T* data_or_null(const Array* array) {
  return array ? array->data<T>() : nullptr;
}

template <class T>
void write_dx(const T* x, const T* weight, const T* dy, const Statistics<T>& row, std::int64_t n,
              T* dx) {
  const T m = row.mean, s = row.scale;
  const auto run = [&](const auto& g) {
    const T first = T(blocked_sum<T>(n, g) / double(n));
    const T second =
        T(blocked_sum<T>(n, [=](std::int64_t k) { return g(k) * ((x[k] - m) * s); }) / double(n));
    for (std::int64_t k = 0; k < n; ++k) dx[k] = s * (g(k) - first - (x[k] - m) * s * second);
  };
  if (weight)
    run([=](std::int64_t k) { return dy[k] * weight[k]; });
  else
    run([=](std::int64_t k) { return dy[k]; });
}

}  // namespace

void layer_norm(const Array& x, const Array* weight, const Array* bias, double eps,
                const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T *w = data_or_null<T>(weight), *b = data_or_null<T>(bias);
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const Statistics<T> row(from, n, eps);
      const T m = row.mean, s = row.scale;
      if (w && b)
        for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - m) * s * w[k] + b[k];
      else if (w)
        for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - m) * s * w[k];
      else
        for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - m) * s;
    });
  });
}

void layer_norm_backward(const Array& x, const Array* weight, double eps, const Array& dy,
                         const LayerNormGradients& gradients) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const std::int64_t n = x.shape.back(), rows = n ? x.numel() / n : 0;
    const std::int64_t units = (rows + unit_rows - 1) / unit_rows;
    const T* w = data_or_null<T>(weight);
    const bool columns = gradients.dweight || gradients.dbias;
    std::vector<T> partial(columns ? std::size_t(2 * units * n) : 0);
    const std::int64_t grain =
        std::max<std::int64_t>(1, 8 * 1024 / (unit_rows * std::max<std::int64_t>(n, 1)));
    parallel_for(units, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t unit = begin; unit < end; ++unit) {
        T* sums = columns ? &partial[std::size_t(2 * unit * n)] : nullptr;
        for (std::int64_t i = unit * unit_rows; i < std::min(rows, (unit + 1) * unit_rows); ++i) {
          const T *from = x.data<T>() + i * n, *g = dy.data<T>() + i * n;
          const Statistics<T> row(from, n, eps);
          if (gradients.dx) write_dx(from, w, g, row, n, gradients.dx->data<T>() + i * n);
          if (!columns) continue;
          const T m = row.mean, s = row.scale;
          for (std::int64_t k = 0; k < n; ++k) {
            sums[k] += g[k] * ((from[k] - m) * s);
            sums[n + k] += g[k];
          }
        }
      }
    });
    const auto gather = [&](const Array* to, std::int64_t first) {
      if (!to) return;
      std::vector<double> total(std::size_t(n), 0.0);
      for (std::int64_t unit = 0; unit < units; ++unit)
        for (std::int64_t k = 0; k < n; ++k)
          total[std::size_t(k)] += double(partial[std::size_t(2 * unit * n + first + k)]);
      for (std::int64_t k = 0; k < n; ++k) to->data<T>()[k] = T(total[std::size_t(k)]);
    };
    gather(gradients.dweight, 0);
    gather(gradients.dbias, n);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
