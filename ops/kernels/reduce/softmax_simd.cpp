// Compiled once per instruction set; see simd/dispatch.hpp.

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <algorithm>
#include <cinta/ops/kernels/loop/rows.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/reduce/turned_rows.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>

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

// ---- Short rows, some together ----

// Calls row(i, n) for each row of x, or block(i, n, count) for up to `together` short ones: it
// computes the same of a row whoever its neighbours are.
template <class T, class Block, class Row>
void for_each_row_or_block(const Array& x, const Block& block, const Row& row,
                           bool streaming = false) {
  for_rows(x, [&](std::int64_t begin, std::int64_t end, std::int64_t n) {
    if (n <= TurnedRows<T>::longest) {
      for (std::int64_t i = begin; i < end; i += together) block(i, n, std::min(together, end - i));
    } else {
      for (std::int64_t i = begin; i < end; ++i) row(i, n);
    }
    if (streaming) finish_streaming();
  });
}

// Calls f(j) for rows whose largest number is infinite: a block says nothing about them.
template <class T, class F>
void for_each_infinite(const T* top, std::int64_t count, const F& f) {
  for (std::int64_t j = 0; j < count; ++j)
    if (std::isinf(top[j])) f(j);
}

template <class T>
struct ShortLogSumExp {
  T top[together];
  double rest[together];

  explicit ShortLogSumExp(TurnedRows<T> rows, std::int64_t count) {
    rows.largest(top);
    rows.replace([top = top](T x, std::int64_t j) { return x - top[j]; });
    rows.exp();
    rows.sum(rest);
    for (std::int64_t j = 0; j < count; ++j) rest[j] = std::log(rest[j]);
  }

  LogSumExp operator[](std::int64_t j) const { return {double(top[j]), rest[j]}; }
};

}  // namespace

void softmax(const Array& x, double of_nothing, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const T top = largest(from, n);
      if (top == infinity<T>) return shares_of_infinite(from, T(1), n, to);
      if (top == -infinity<T>) return void(std::fill_n(to, n, T(of_nothing)));
      scaled_exp(from, top, T(0), T(1), n, to);
      const T scale = T(1 / sum_of(to, n));
      for (std::int64_t k = 0; k < n; ++k) to[k] *= scale;
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      TurnedRows<T> rows(x.data<T>() + i * n, n, count);
      T top[together], scale[together];
      double sum[together];
      rows.largest(top);
      rows.replace([&top](T v, std::int64_t j) { return v - top[j]; });
      rows.exp();
      rows.sum(sum);
      for (std::int64_t j = 0; j < together; ++j) scale[j] = T(1 / sum[j]);
      rows.replace([&scale](T v, std::int64_t j) { return v * scale[j]; });
      rows.write(y.data<T>() + i * n);
      for_each_infinite(top, count, [&](std::int64_t j) { row(i + j, n); });
    };
    for_each_row_or_block<T>(x, block, row);
  });
}

void log_softmax(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const LogSumExp total = log_sum_exp(from, n);
      const T top = T(total.top), rest = T(total.rest);
      if (top == infinity<T>) {
        for (std::int64_t k = 0; k < n; ++k) to[k] = T(log_share(from[k], total));
        return;
      }
      for (std::int64_t k = 0; k < n; ++k) to[k] = (from[k] - top) - rest;
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      TurnedRows<T> rows(x.data<T>() + i * n, n, count);
      const ShortLogSumExp<T> total(rows, count);
      rows.replace([&total](T v, std::int64_t j) { return (v - total.top[j]) - T(total.rest[j]); });
      rows.write(y.data<T>() + i * n);
      for_each_infinite(total.top, count, [&](std::int64_t j) { row(i + j, n); });
    };
    for_each_row_or_block<T>(x, block, row);
  });
}

void logsumexp(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    if (x.numel() == 0) std::fill_n(y.data<T>(), y.numel(), -infinity<T>);
    T* const to = y.data<T>();
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const LogSumExp total = log_sum_exp(x.data<T>() + i * n, n);
      to[i] = T(total.top + total.rest);
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      const ShortLogSumExp<T> total(TurnedRows<T>(x.data<T>() + i * n, n, count), count);
      for (std::int64_t j = 0; j < count; ++j) to[i + j] = T(double(total.top[j]) + total.rest[j]);
      for_each_infinite(total.top, count, [&](std::int64_t j) { row(i + j, n); });
    };
    for_each_row_or_block<T>(x, block, row);
  });
}

void softmax_backward(const Array& y, const Array& dy, const Array& dx) {
  dispatch_floating(y.dtype, [&]<class T>() {
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const T *p = y.data<T>() + i * n, *g = dy.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T mean = T(sum_of_products(p, g, n));
      for (std::int64_t k = 0; k < n; ++k) to[k] = p[k] * (g[k] - mean);
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      TurnedRows<T> shares(y.data<T>() + i * n, n, count), g(dy.data<T>() + i * n, n, count),
          products = g;
      double mean[together];
      products.combine(shares, [](T v, T p, std::int64_t) { return v * p; });
      products.sum(mean);
      shares.combine(g, [&mean](T p, T v, std::int64_t j) { return p * (v - T(mean[j])); });
      shares.write(dx.data<T>() + i * n);
    };
    for_each_row_or_block<T>(y, block, row);
  });
}

void log_softmax_backward(const Array& y, const Array& dy, const Array& dx) {
  dispatch_floating(y.dtype, [&]<class T>() {
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const T *l = y.data<T>() + i * n, *g = dy.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T total = T(sum_of(g, n));
      scaled_exp(l, T(0), T(0), T(1), n, to);
      for (std::int64_t k = 0; k < n; ++k) to[k] = g[k] - to[k] * total;
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      TurnedRows<T> shares(y.data<T>() + i * n, n, count), g(dy.data<T>() + i * n, n, count);
      double total[together];
      g.sum(total);
      shares.exp();
      g.combine(shares, [&total](T v, T p, std::int64_t j) { return v - p * T(total[j]); });
      g.write(dx.data<T>() + i * n);
    };
    for_each_row_or_block<T>(y, block, row);
  });
}

void cross_entropy(const Array& x, const Array& labels, const Array& loss) {
  const std::int64_t* label = labels.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    const auto put = [&](std::int64_t i, std::int64_t n, const LogSumExp& total) {
      loss.data<T>()[i] = T(-log_share(x.data<T>()[i * n + label[i]], total));
    };
    const auto row = [&](std::int64_t i, std::int64_t n) {
      put(i, n, log_sum_exp(x.data<T>() + i * n, n));
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      const ShortLogSumExp<T> total(TurnedRows<T>(x.data<T>() + i * n, n, count), count);
      for (std::int64_t j = 0; j < count; ++j) put(i + j, n, total[j]);
      for_each_infinite(total.top, count, [&](std::int64_t j) { row(i + j, n); });
    };
    for_each_row_or_block<T>(x, block, row);
  });
}

void cross_entropy_backward(const Array& x, const Array& labels, const Array& loss,
                            const Array& dloss, const Array& dx) {
  const std::int64_t* label = labels.data<std::int64_t>();
  const bool streaming = rows_are_streamed(dx);
  dispatch_floating(x.dtype, [&]<class T>() {
    // exp(x - logit - loss) is the softmax, which spares summing again: unless the loss is so
    // large that its own rounding shows, or infinite or NaN.
    constexpr T small = 16;
    const T *const losses = loss.data<T>(), *const weights = dloss.data<T>();
    const auto is_good = [](const LogSumExp& total) {
      return total.rest <= small && std::isfinite(total.top);
    };
    const auto row = [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T weight = weights[i];
      LogSumExp total{double(from[label[i]]), double(losses[i])};
      if (!is_good(total)) total = log_sum_exp(from, n);
      if (total.top == infinity<double>)
        shares_of_infinite(from, weight, n, to);
      else
        scaled_exp(from, T(total.top), T(total.rest), weight, n, to, streaming);
      to[label[i]] -= weight;
    };
    const auto block = [&](std::int64_t i, std::int64_t n, std::int64_t count) {
      const T* const from = x.data<T>() + i * n;
      T* const to = dx.data<T>() + i * n;
      T logit[together] = {}, rest[together] = {}, weight[together] = {};
      for (std::int64_t j = 0; j < count; ++j) logit[j] = from[j * n + label[i + j]];
      std::copy_n(losses + i, count, rest);
      std::copy_n(weights + i, count, weight);
      TurnedRows<T> rows(from, n, count);
      rows.replace([&](T v, std::int64_t j) { return (v - logit[j]) - rest[j]; });
      rows.exp();
      rows.replace([&](T v, std::int64_t j) { return v * weight[j]; });
      rows.write(to);
      for (std::int64_t j = 0; j < count; ++j) {
        if (is_good({double(logit[j]), double(rest[j])}))
          to[j * n + label[i + j]] -= weight[j];
        else
          row(i + j, n);
      }
    };
    for_each_row_or_block<T>(x, block, row, streaming);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
