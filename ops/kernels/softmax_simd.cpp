// Compiled once per instruction set; see simd_level.hpp.

#include <cinta/ops/kernels/map_math.hpp>
#include <cinta/ops/kernels/rows.hpp>
#include <cinta/ops/kernels/softmax.hpp>
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

// Independent accumulators of a row, whatever the width of the registers.
constexpr int lanes = 16;

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

// Calls f(batches, k) for the elements x[k, k + lanes), as an array of batches; behind the end
// stands `filling`.
template <class T, class F>
void for_lanes(const T* x, std::int64_t n, T filling, const F& f) {
  using B = xsimd::batch<T>;
  constexpr int count = lanes / int(B::size);
  B values[count];
  std::int64_t k = 0;
  for (; k + lanes <= n; k += lanes) {
    for (int j = 0; j < count; ++j) values[j] = B::load_unaligned(x + k + j * int(B::size));
    f(values, k);
  }
  if (k == n) return;
  alignas(64) T rest[lanes];
  std::fill(std::copy(x + k, x + n, rest), rest + lanes, filling);
  for (int j = 0; j < count; ++j) values[j] = B::load_aligned(rest + j * int(B::size));
  f(values, k);
}

// The largest element, or NaN if there is one.
template <class T>
T largest(const T* x, std::int64_t n) {
  using B = xsimd::batch<T>;
  constexpr int count = lanes / int(B::size);
  B best[count];
  for (B& b : best) b = B(-infinity<T>);
  for_lanes(x, n, -infinity<T>, [&](const B* v, std::int64_t) {
    for (int j = 0; j < count; ++j)
      best[j] = select((v[j] > best[j]) | (v[j] != v[j]), v[j], best[j]);
  });
  alignas(64) T all[lanes];
  for (int j = 0; j < count; ++j) best[j].store_aligned(all + j * int(B::size));
  for (const T b : all)
    if (b > all[0] || b != b) all[0] = b;
  return all[0];
}

// y = exp(x - shift); the elements behind the last whole batch go through a batch as well, so
// that a value does not depend on its place.
template <class T>
void exp_shifted(const T* x, T shift, T* y, std::int64_t n) {
  using B = xsimd::batch<T>;
  for_lanes(x, n, shift, [&](const B* v, std::int64_t k) {
    alignas(64) T rest[lanes];
    T* to = k + lanes <= n ? y + k : rest;
    for (int j = 0; j < lanes / int(B::size); ++j)
      exp(v[j] - B(shift)).store_unaligned(to + j * int(B::size));
    if (to == rest) std::copy(rest, rest + (n - k), y + k);
  });
}

// The sum of exp(x - shift).
template <class T>
double sum_of_exp(const T* x, T shift, std::int64_t n) {
  using B = xsimd::batch<T>;
  constexpr int count = lanes / int(B::size);
  B sums[count];
  for (B& sum : sums) sum = B(T(0));
  for_lanes(x, n, -infinity<T>, [&](const B* v, std::int64_t) {
    for (int j = 0; j < count; ++j) sums[j] += exp(v[j] - B(shift));
  });
  alignas(64) T all[lanes];
  for (int j = 0; j < count; ++j) sums[j].store_aligned(all + j * int(B::size));
  double total = 0;
  for (const T sum : all) total += sum;
  return total;
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
    using B = xsimd::batch<T>;
    for_each_row(x, [&](std::int64_t i, std::int64_t n) {
      const T* from = x.data<T>() + i * n;
      T* to = dx.data<T>() + i * n;
      const T weight = dloss.data<T>()[i];
      // The loss is the logarithm of the sum less this logit, which spares summing again.
      const double known = double(loss.data<T>()[i]) + double(from[label[i]]);
      const LogSumExp total = std::isfinite(known)
                                  ? LogSumExp{double(T(known)), known - double(T(known))}
                                  : log_sum_exp(from, n);
      const B top = B(T(total.top)), rest = B(T(total.rest)), factor = B(weight);
      for_lanes(from, n, T(0), [&](const B* v, std::int64_t k) {
        alignas(64) T last[lanes];
        T* place = k + lanes <= n ? to + k : last;
        for (int j = 0; j < lanes / int(B::size); ++j)
          (exp((v[j] - top) - rest) * factor).store_unaligned(place + j * int(B::size));
        if (place == last) std::copy(last, last + (n - k), to + k);
      });
      to[label[i]] -= weight;
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
