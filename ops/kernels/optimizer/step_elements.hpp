#pragma once
// Private to optimize and missed_steps: what steps do to an element, and the walk over some rows of
// tables.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cmath>

namespace cinta::kernels {

/// Calls f(i, start) for row i of the list, whose elements are start, ..., start + width - 1 of
/// each table. Rows differ, so that they can be shared out. `work` is that of an element, in steps.
template <class T, std::size_t N, class F>
void for_each_row(const RowList& rows, std::int64_t work, T* const (&tables)[N], const F& f) {
  parallel_for(rows.count, grain_of(rows.width * work), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (rows.ids && i + prefetch_ahead < end) {
        for (T* table : tables)
          prefetch(table + rows.ids[i + prefetch_ahead] * rows.width,
                   rows.width * std::int64_t(sizeof(T)));
      }
      f(i, (rows.ids ? rows.ids[i] : i) * rows.width);
    }
  });
}

/// Calls f(start, n, gradient) for elements start, ..., start + n - 1 of each table and what they
/// get.
template <class T, std::size_t N, class F>
void for_each_gradient(const RowList& rows, const RowGradients& gradients, T* const (&tables)[N],
                       const F& f) {
  const T* given = gradients.given.data<T>();
  const RowGroups* groups = gradients.groups;
  const std::int64_t width = rows.width;
  if (!rows.ids) {
    return parallel_for(rows.count * width, grain, [&](std::int64_t begin, std::int64_t end) {
      f(begin, end - begin, given + begin);
    });
  }
  for_each_row(rows, 1, tables, [&](std::int64_t i, std::int64_t start) {
    if (!groups) return f(start, width, given + i * width);
    if (i + prefetch_ahead < rows.count)
      prefetch(given + groups->places(i + prefetch_ahead)[0] * width,
               width * std::int64_t(sizeof(T)));
    const auto places = groups->places(i);
    if (places.size() == 1) return f(start, width, given + places[0] * width);
    constexpr std::int64_t block = 256;
    alignas(64) T sum[block];
    for (std::int64_t k = 0; k < width; k += block) {
      const std::int64_t n = std::min(block, width - k);
      sum_places(given, width, places, k, n, sum);
      f(start + k, n, sum);
    }
  });
}

template <class T>
T soft_threshold(T w, T threshold) {
  return w > threshold ? w - threshold : w < -threshold ? w + threshold : T(0);
}

// The formulas of one element, for steps with a gradient and for missed ones.

template <class T>
struct SgdElement {
  SgdElement(const SgdStep& step, double soft)
      : lr(T(step.lr)),
        decay(T(step.weight_decay)),
        momentum(T(step.momentum)),
        kept(step.first ? T(0) : T(step.momentum)),
        fresh(step.first ? T(1) : T(1 - step.dampening)),
        threshold(T(soft)),
        nesterov(step.nesterov) {}

  void plain(T& p, T g) const { p -= lr * (g + decay * p); }
  void with_momentum(T& p, T g, T& b) const {
    const T d = g + decay * p;
    b = kept * b + fresh * d;
    p -= lr * (nesterov ? d + momentum * b : b);
  }
  /// What comes last, for a whole row: without a threshold it costs nothing.
  void soften(T* row, std::int64_t width) const {
    if (!(threshold > 0)) return;
    for (std::int64_t k = 0; k < width; ++k) row[k] = soft_threshold(row[k], threshold);
  }

  T lr, decay, momentum, kept, fresh, threshold;
  bool nesterov;
};

template <class T>
struct AdamElement {
  explicit AdamElement(const AdamRates& step)
      : beta1(T(step.beta1)),
        beta2(T(step.beta2)),
        rest1(T(1 - step.beta1)),
        rest2(T(1 - step.beta2)),
        rate(T(step.rate)),
        correction(T(step.correction)),
        shrink(T(step.shrink)),
        coupled(T(step.coupled)),
        eps(T(step.eps)) {}

  void operator()(T& p, T g, T& m, T& v) const {
    const T d = g + coupled * p;
    m = beta1 * m + rest1 * d;
    v = beta2 * v + rest2 * d * d;
    p = shrink * p - rate * m / (std::sqrt(v) * correction + eps);
  }

  T beta1, beta2, rest1, rest2, rate, correction, shrink, coupled, eps;
};

template <class T>
struct AdagradElement {
  explicit AdagradElement(const AdagradStep& step)
      : rate(T(step.rate)), eps(T(step.eps)), decay(T(step.weight_decay)) {}

  void operator()(T& p, T g, T& sum) const {
    const T d = g + decay * p;
    sum += d * d;
    p -= rate * d / (std::sqrt(sum) + eps);
  }

  T rate, eps, decay;
};

}  // namespace cinta::kernels
