// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/loop/rows.hpp>
#include <cinta/ops/kernels/norm/layer_norm.hpp>
#include <cinta/ops/kernels/norm/normal.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void layer_norm(const LayerNorm& norm, const Array& x, const Array* weight, const Array* bias,
                const Array& y, const Array& statistics);
void layer_norm_backward(bool centred, const Array& x, const Array& statistics, const Array* weight,
                         const Array& dy, const LayerNormGradients& gradients);

namespace {

// Rows whose contributions to a column's gradient are added in the element's own precision; the
// sums of such units are added in order, so that the number of threads does not matter.
constexpr std::int64_t unit_rows = 64;

template <class T>
T* data_or_null(const Array* array) {
  return array ? array->data<T>() : nullptr;
}

// Functions on a row are flattened: what they keep in registers must not go through memory for the
// sake of a call. While they compute, the row after the next is fetched: the time of one is short.

template <class T>
[[gnu::flatten]] void normalise_row(const LayerNorm& norm, const T* x, const T* weight,
                                    const T* bias, std::int64_t n, T* y, T* statistics,
                                    bool streaming) {
  const Normal<T> normal(x, {1, n, n}, norm.eps, norm.centred);
  statistics[0] = T(normal.mean()[0]);
  statistics[1] = normal.rest();
  statistics[2] = T(normal.factor());
  for_lanes<T>(n, [=](std::int64_t k, std::int64_t m) {
    prefetch(x + 2 * n + k);
    Lanes<T> v = normal(k, m);
    if (weight) v = v * Lanes<T>(weight + k, m);
    if (bias) v = v + Lanes<T>(bias + k, m);
    v.store(y + k, m, streaming);
  });
}

// One row of the backward pass; what is null is left out. dweight and dbias are added to.
template <class T>
[[gnu::flatten]] void differentiate_row(bool centred, const T* x, const T* statistics,
                                        const T* weight, const T* dy, std::int64_t n, T* dx,
                                        T* dweight, T* dbias, bool streaming) {
  const Normal<T> normal(x, statistics[0], statistics[1], statistics[2]);
  const auto slope = [=](std::int64_t k, std::int64_t m) {
    const Lanes<T> g(dy + k, m);
    return weight ? g * Lanes<T>(weight + k, m) : g;
  };
  constexpr std::int64_t block = 1024;
  double sum = 0, product = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    Lanes<T> sums(T(0)), products(T(0));
    for_lanes<T>(std::min(block, n - start), [&](std::int64_t offset, std::int64_t m) {
      const std::int64_t k = start + offset;
      prefetch(dy + 2 * n + k);
      const Lanes<T> g = slope(k, m), v = normal(k, m);
      sums = sums + g;
      products = products + g * v;
      if (dweight) (Lanes<T>(dweight + k, m) + Lanes<T>(dy + k, m) * v).store(dweight + k, m);
      if (dbias) (Lanes<T>(dbias + k, m) + Lanes<T>(dy + k, m)).store(dbias + k, m);
    });
    sum += sums.sum();
    product += products.sum();
  }
  if (!dx) return;
  const Lanes<T> first(T(centred ? sum / double(n) : 0)), second(T(product / double(n)));
  // (slope - first - normal * second) * scale; a square of scale might be beyond the range.
  const Lanes<T> factor = second * normal.scale(),
                 constant = first - factor * Lanes<T>(normal.rest());
  for_lanes<T>(n, [&](std::int64_t k, std::int64_t m) {
    prefetch(x + 2 * n + k);
    ((slope(k, m) - (normal.near_centred(k, m) * factor + constant)) * normal.scale())
        .store(dx + k, m, streaming);
  });
}

}  // namespace

void layer_norm(const LayerNorm& norm, const Array& x, const Array* weight, const Array* bias,
                const Array& y, const Array& statistics) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T *w = data_or_null<T>(weight), *b = data_or_null<T>(bias);
    for_each_row_of(y, [&](std::int64_t i, std::int64_t n, bool streaming) {
      normalise_row(norm, x.data<T>() + i * n, w, b, n, y.data<T>() + i * n,
                    statistics.data<T>() + 3 * i, streaming);
    });
  });
}

void layer_norm_backward(bool centred, const Array& x, const Array& statistics, const Array* weight,
                         const Array& dy, const LayerNormGradients& gradients) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const std::int64_t n = x.shape.back(), rows = n ? x.numel() / n : 0;
    const std::int64_t units = (rows + unit_rows - 1) / unit_rows;
    const T* w = data_or_null<T>(weight);
    T* dx = data_or_null<T>(gradients.dx);
    const bool columns = gradients.dweight || gradients.dbias;
    Buffer<T> partial(columns ? 2 * units * n : 0);
    const auto part = [&](bool wanted, std::int64_t place) {
      return wanted ? partial.data() + place * n : nullptr;
    };
    const bool streaming = dx && rows_are_streamed(*gradients.dx);
    const std::int64_t grain = std::max<std::int64_t>(1, 128 / std::max<std::int64_t>(n, 1));
    parallel_for(units, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin * unit_rows; i < std::min(rows, end * unit_rows); ++i)
        differentiate_row(centred, x.data<T>() + i * n, statistics.data<T>() + 3 * i, w,
                          dy.data<T>() + i * n, n, dx ? dx + i * n : nullptr,
                          part(gradients.dweight, 2 * (i / unit_rows)),
                          part(gradients.dbias, 2 * (i / unit_rows) + 1), streaming);
      if (streaming) finish_streaming();
    });
    const auto gather = [&](const Array* to, std::int64_t which) {
      if (!to) return;
      std::vector<double> total(static_cast<std::size_t>(n));
      for (std::int64_t unit = 0; unit < units; ++unit)
        for (std::int64_t k = 0; k < n; ++k)
          total[std::size_t(k)] += double(partial.data()[(2 * unit + which) * n + k]);
      std::transform(total.begin(), total.end(), to->data<T>(), [](double v) { return T(v); });
    };
    gather(gradients.dweight, 0);
    gather(gradients.dbias, 1);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
