// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/loop/rows.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void softmax(const Array& x, double of_nothing, const Array& y);
void log_softmax(const Array& x, const Array& y);
void logsumexp(const Array& x, const Array& y);
void softmax_backward(const Array& y, const Array& dy, const Array& dx);
void log_softmax_backward(const Array& y, const Array& dy, const Array& dx);
void cross_entropy(const Array& x, const Array& labels, const Array& loss);
void cross_entropy_backward(const Array& x, const Array& labels, const Array& loss,
                            const Array& dloss, const Array& dx);

namespace {

// The largest element, or NaN if there is one.
template <class T>
T largest(const T* x, std::int64_t n) {
  // Not by !=, which in xsimd says with AVX-512 that NaN equals itself.
  return fold_row(x, n, [](auto v, auto w) { return select(w == w, select(w > v, w, v), w); });
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

// The sum of exp(x - shift). While it computes, the n elements behind are fetched.
template <class T>
[[gnu::flatten]] double sum_of_exp(const T* x, T shift, std::int64_t n) {
  const Lanes<T> top(shift);
  return sum_lanes<T>(n, [=](std::int64_t k, std::int64_t m) {
    prefetch(x + n + k);
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

// log(sum(exp(x))) = top + rest: kept apart, because what is subtracted from it is often near top,
// and because their sum would lose all of `rest` where top is large.
struct LogSumExp {
  double top, rest;
};

// ---- A row with infinite elements ----
// It has the limit of equal elements that grow: they share what there is, all others get nothing.

template <class T>
std::int64_t count_infinite(const T* x, std::int64_t n) {
  return std::count(x, x + n, infinity<T>);
}

// y = softmax(x) * factor
template <class T>
void shares_of_infinite(const T* x, T factor, std::int64_t n, T* y) {
  const T share = factor / T(count_infinite(x, n));
  for (std::int64_t k = 0; k < n; ++k) y[k] = x[k] == infinity<T> ? share : T(0);
}

// x - log(sum(exp(x))) of an element.
template <class T>
double log_share(T x, const LogSumExp& total) {
  if (x == infinity<T> && total.top == infinity<double>) return -total.rest;
  return (double(x) - total.top) - total.rest;
}

// Reads memory once: blocks that fit a cache are looked at twice, and what was summed is scaled
// when a block has a larger element.
template <class T>
LogSumExp log_sum_exp(const T* x, std::int64_t n) {
  constexpr std::int64_t block = 2048;
  T top = -infinity<T>;
  double total = 0;
  for (std::int64_t k = 0; k < n; k += block) {
    const std::int64_t size = std::min(block, n - k);
    const T mine = largest_number(x + k, size);
    if (mine > top) {
      total *= std::exp(double(top) - double(mine));
      top = mine;
    }
    // What is NaN is found in the sum.
    if (top != infinity<T>) total += sum_of_exp(x + k, top == -infinity<T> ? T(0) : top, size);
  }
  if (top == infinity<T> && total == 0) {
    const bool is_number = std::none_of(x, x + n, [](T v) { return v != v; });
    total = is_number ? double(count_infinite(x, n)) : std::numeric_limits<double>::quiet_NaN();
  }
  return {double(top), total == 0 ? 0 : std::log(total)};
}

}  // namespace

void softmax(const Array& x, double of_nothing, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const T top = largest(from, n);
      if (top == infinity<T>) return shares_of_infinite(from, T(1), n, to);
      if (top == -infinity<T>) return void(std::fill_n(to, n, T(of_nothing)));
      scaled_exp(from, top, T(0), T(1), n, to);
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
      if (top == infinity<T>) {
        for (std::int64_t k = 0; k < n; ++k) to[k] = T(log_share(from[k], total));
        return;
      }
      for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - top) - rest;
    });
  });
}

void logsumexp(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    if (x.numel() == 0) std::fill_n(y.data<T>(), y.numel(), -infinity<T>);
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const LogSumExp total = log_sum_exp(x.data<T>() + i * n, n);
      y.data<T>()[i] = T(total.top + total.rest);
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
      loss.data<T>()[i] = T(-log_share(row[label[i]], total));
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
      // exp(x - logit - loss) is the softmax, which spares summing again: unless the loss is so
      // large that its own rounding shows, or infinite or NaN.
      constexpr T small = 16;
      LogSumExp total{double(from[label[i]]), double(loss.data<T>()[i])};
      if (!(total.rest <= small && std::isfinite(total.top))) total = log_sum_exp(from, n);
      if (total.top == infinity<double>)
        shares_of_infinite(from, weight, n, to);
      else
        scaled_exp(from, T(total.top), T(total.rest), weight, n, to, streaming);
      to[label[i]] -= weight;
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
