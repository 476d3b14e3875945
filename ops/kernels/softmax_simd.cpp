// Compiled once per instruction set; see simd_level.hpp.

#include <cinta/ops/kernels/map_math.hpp>
#include <cinta/ops/kernels/parallel.hpp>
#include <cinta/ops/kernels/softmax.hpp>
#include <limits>
#include <vector>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void softmax(const Array& x, const Array& y);
void log_softmax(const Array& x, const Array& y);
void softmax_backward(const Array& y, const Array& dy, const Array& dx);
void log_softmax_backward(const Array& y, const Array& dy, const Array& dx);
void cross_entropy(const Array& x, const Array& labels, const Array& loss);
void cross_entropy_backward(const Array& x, const Array& labels, const Array& dloss,
                            const Array& dx);

namespace {

constexpr std::int64_t grain_elements = 8 * 1024;

// Calls row(T*..., i, n) for each row of arrays of one shape, in parallel.
template <class F>
void for_each_row(const Array& x, const F& row) {
  const std::int64_t n = x.shape.back();
  if (x.numel() == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, grain_elements / n);
  parallel_for(x.numel() / n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) row(i, n);
  });
}

// Sum of element(k) for k below n: lanes of T in short blocks, which add up in double.
template <class T, class F>
double blocked_sum(std::int64_t n, const F& element) {
  constexpr std::int64_t lanes = 16, block = 1024;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    const std::int64_t end = std::min(n, start + block);
    T sums[lanes] = {};
    std::int64_t k = start;
    for (; k + lanes <= end; k += lanes)
      for (std::int64_t j = 0; j < lanes; ++j) sums[j] += element(k + j);
    for (std::int64_t j = 0; k < end; ++k, ++j) sums[j] += element(k);
    for (T sum : sums) total += sum;
  }
  return total;
}

// The largest element, or NaN if there is one.
template <class T>
T largest(const T* x, std::int64_t n) {
  constexpr std::int64_t lanes = 16;
  T best[lanes];
  for (T& b : best) b = -std::numeric_limits<T>::infinity();
  const auto larger = [](T a, T b) { return a > b || a != a ? a : b; };
  std::int64_t k = 0;
  for (; k + lanes <= n; k += lanes)
    for (std::int64_t j = 0; j < lanes; ++j) best[j] = larger(best[j], x[k + j]);
  for (std::int64_t j = 0; k < n; ++k, ++j) best[j] = larger(best[j], x[k]);
  for (T b : best) best[0] = larger(best[0], b);
  return best[0];
}

// y = exp(x - shift); the elements behind the last whole batch go through a batch as well, so
// that a value does not depend on its place.
template <class T>
void exp_shifted(const T* x, T shift, T* y, std::int64_t n) {
  using B = xsimd::batch<T>;
  constexpr std::int64_t width = B::size;
  std::int64_t k = 0;
  for (; k + width <= n; k += width)
    exp(B::load_unaligned(x + k) - B(shift)).store_unaligned(y + k);
  if (k == n) return;
  alignas(64) T rest[width] = {};
  std::copy(x + k, x + n, rest);
  exp(B::load_aligned(rest) - B(shift)).store_aligned(rest);
  std::copy(rest, rest + (n - k), y + k);
}

// log(sum(exp(x))) = top + rest: kept apart, because what is subtracted from it is often near top.
struct LogSumExp {
  double top, rest;
};

// With room for n elements.
template <class T>
LogSumExp log_sum_exp(const T* x, std::int64_t n, T* room) {
  const T top = largest(x, n);
  if (top == -std::numeric_limits<T>::infinity()) return {top, 0};
  exp_shifted(x, top, room, n);
  return {top, std::log(blocked_sum<T>(n, [=](std::int64_t k) { return room[k]; }))};
}

}  // namespace

void softmax(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      exp_shifted(from, largest(from, n), to, n);
      const T scale = T(1 / blocked_sum<T>(n, [=](std::int64_t k) { return to[k]; }));
      for (std::int64_t k = 0; k < n; ++k) to[k] *= scale;
    });
  });
}

void log_softmax(const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = y.data<T>() + i * n;
      const LogSumExp total = log_sum_exp(from, n, to);
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
      const T mean = T(blocked_sum<T>(n, [=](std::int64_t k) { return p[k] * g[k]; }));
      for (std::int64_t k = 0; k < n; ++k) to[k] = p[k] * (g[k] - mean);
    });
  });
}

void log_softmax_backward(const Array& y, const Array& dy, const Array& dx) {
  dispatch_floating(y.dtype, [&]<class T>() {
    for_each_row(y, [&](std::int64_t i, std::int64_t n) {
      const T *l = y.data<T>() + i * n, *g = dy.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T total = T(blocked_sum<T>(n, [=](std::int64_t k) { return g[k]; }));
      exp_shifted(l, T(0), to, n);
      for (std::int64_t k = 0; k < n; ++k) to[k] = g[k] - to[k] * total;
    });
  });
}

void cross_entropy(const Array& x, const Array& labels, const Array& loss) {
  const std::int64_t* label = labels.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    const std::int64_t n = x.shape.back();
    const std::int64_t grain =
        std::max<std::int64_t>(1, grain_elements / std::max<std::int64_t>(n, 1));
    parallel_for(labels.numel(), grain, [&](std::int64_t begin, std::int64_t end) {
      std::vector<T> room(static_cast<std::size_t>(n));
      for (std::int64_t i = begin; i < end; ++i) {
        const T* row = x.data<T>() + i * n;
        const LogSumExp total = log_sum_exp(row, n, room.data());
        loss.data<T>()[i] = T((total.top - row[label[i]]) + total.rest);
      }
    });
  });
}

void cross_entropy_backward(const Array& x, const Array& labels, const Array& dloss,
                            const Array& dx) {
  const std::int64_t* label = labels.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T weight = dloss.data<T>()[i];
      exp_shifted(from, largest(from, n), to, n);
      const T scale = T(weight / blocked_sum<T>(n, [=](std::int64_t k) { return to[k]; }));
      for (std::int64_t k = 0; k < n; ++k) to[k] *= scale;
      to[label[i]] -= weight;
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
