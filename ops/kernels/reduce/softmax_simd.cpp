// Compiled once per instruction set; see simd_level.hpp.

#include <cinta/ops/kernels/loop/rows.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <limits>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void softmax(const Array& x, const Array& y);
void log_softmax(const Array& x, const Array& y);
void softmax_backward(const Array& y, const Array& dy, const Array& dx);
void log_softmax_backward(const Array& y, const Array& dy, const Array& dx);
void cross_entropy(const Array& x, const Array& labels, const Array& loss);
void cross_entropy_backward(const Array& x, const Array& labels, const Array& loss,
                            const Array& dloss, const Array& dx);

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

// The largest element, or NaN if there is one.
template <class T>
[[gnu::flatten]] T largest(const T* x, std::int64_t n) {
  const Lanes<T> best = fold_lanes<T>(
      n, -infinity<T>,
      [=](std::int64_t k, std::int64_t m) { return Lanes<T>(x + k, m, -infinity<T>); },
      [](const Lanes<T>& a, const Lanes<T>& b) {
        return combine(a, b, [](auto v, auto w) { return select((w > v) | (w != w), w, v); });
      });
  alignas(64) T all[Lanes<T>::size];
  best.store(all, Lanes<T>::size);
  for (const T b : all)
    if (b > all[0] || b != b) all[0] = b;
  return all[0];
}

// y = exp((x - top) - rest) * factor
template <class T>
[[gnu::flatten]] void scaled_exp(const T* x, T top, T rest, T factor, std::int64_t n, T* y,
                                 bool streaming = false) {
  const Lanes<T> first(top), second(rest), scale(factor);
  for_lanes<T>(n, [=](std::int64_t k, std::int64_t m) {
    (exp((Lanes<T>(x + k, m, top) - first) - second) * scale).store(y + k, m, streaming);
  });
}

// The sum of exp(x - shift).
template <class T>
[[gnu::flatten]] double sum_of_exp(const T* x, T shift, std::int64_t n) {
  const Lanes<T> top(shift);
  return sum_lanes<T>(n, [=](std::int64_t k, std::int64_t m) {
    return exp(Lanes<T>(x + k, m, -infinity<T>) - top);
  });
}

template <class T>
[[gnu::flatten]] double sum_of(const T* x, std::int64_t n) {
  return sum_lanes<T>(n, [=](std::int64_t k, std::int64_t m) { return Lanes<T>(x + k, m); });
}

template <class T>
[[gnu::flatten]] double sum_of_products(const T* x, const T* y, std::int64_t n) {
  return sum_lanes<T>(
      n, [=](std::int64_t k, std::int64_t m) { return Lanes<T>(x + k, m) * Lanes<T>(y + k, m); });
}

// log(sum(exp(x))) = top + rest: kept apart, because what is subtracted from it is often near top.
struct LogSumExp {
  double top, rest;
};

// Reads memory once: blocks that fit a cache are looked at twice, and what was summed is scaled
// when a block has a larger element.
template <class T>
LogSumExp log_sum_exp(const T* x, std::int64_t n) {
  constexpr std::int64_t block = 2048;
  T top = -infinity<T>;
  double total = 0;
  for (std::int64_t k = 0; k < n; k += block) {
    const std::int64_t size = std::min(block, n - k);
    const T mine = largest(x + k, size);
    if (!(mine <= top)) {  // NaN too
      total *= std::exp(double(top) - double(mine));
      top = mine;
    }
    if (top != -infinity<T>) total += sum_of_exp(x + k, top, size);
  }
  return {double(top), total == 0 ? 0 : std::log(total)};
}

}  // namespace

void softmax(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      scaled_exp(from, largest(from, n), T(0), T(1), n, to);
      const T scale = T(1 / sum_of(to, n));
      for (std::int64_t k = 0; k < n; ++k) to[k] *= scale;
    });
  });
}

void log_softmax(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const LogSumExp total = log_sum_exp(from, n);
      const T top = T(total.top), rest = T(total.rest);
      for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - top) - rest;
    });
  });
}

void softmax_backward(const Array& y, const Array& dy, const Array& dx) {
  dispatch_floating(y.dtype, [&]<class T>() {
    for_each_row(y, [&](std::int64_t i, std::int64_t n) {
      const T *p = y.data<T>() + i * n, *g = dy.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T mean = T(sum_of_products(p, g, n));
      for (std::int64_t k = 0; k < n; ++k) to[k] = p[k] * (g[k] - mean);
    });
  });
}

void log_softmax_backward(const Array& y, const Array& dy, const Array& dx) {
  dispatch_floating(y.dtype, [&]<class T>() {
    for_each_row(y, [&](std::int64_t i, std::int64_t n) {
      const T *l = y.data<T>() + i * n, *g = dy.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T total = T(sum_of(g, n));
      scaled_exp(l, T(0), T(0), T(1), n, to);
      for (std::int64_t k = 0; k < n; ++k) to[k] = g[k] - to[k] * total;
    });
  });
}

void cross_entropy(const Array& x, const Array& labels, const Array& loss) {
  const std::int64_t* label = labels.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* row = x.data<T>() + i * n;
      const LogSumExp total = log_sum_exp(row, n);
      loss.data<T>()[i] = T((total.top - row[label[i]]) + total.rest);
    });
  });
}

void cross_entropy_backward(const Array& x, const Array& labels, const Array& loss,
                            const Array& dloss, const Array& dx) {
  const std::int64_t* label = labels.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row_of(dx, [&](std::int64_t i, std::int64_t n, bool streaming) {
      const T* from = x.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T weight = dloss.data<T>()[i];
      // The loss is the logarithm of the sum less this logit, which spares summing again.
      const double known = double(loss.data<T>()[i]) + double(from[label[i]]);
      const LogSumExp total = std::isfinite(known)
                                  ? LogSumExp{double(T(known)), known - double(T(known))}
                                  : log_sum_exp(from, n);
      scaled_exp(from, T(total.top), T(total.rest), weight, n, to, streaming);
      to[label[i]] -= weight;
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
