#pragma once
// Private to steps and pending steps: the walks over elements.

#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <utility>

// What a step reads and writes does not overlap, but at one and the same element.
#ifdef __clang__
#define CINTA_ELEMENTS_APART _Pragma("clang loop vectorize(assume_safety)")
#else
#define CINTA_ELEMENTS_APART _Pragma("GCC ivdep")
#endif

namespace cinta::kernels {

/// Calls f(rule, states...) with the rule for elements of type T and where its states begin.
template <class T, template <class> class Rule, class F>
void with_states(const Rule<double>& rule, const StepStates& states, const F& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    f(rounded_rule<T>(rule), static_cast<T*>(states[I])...);
  }
  (std::make_index_sequence<Rule<double>::states>());
}

/// A step on n elements. `gradient(k)` is that of element k. Everything comes by value: what a
/// reference leads to could be what the loop writes to, for all that the compiler knows, and it
/// would make no vectors.
template <class T, class Rule, class Gradient, class... States>
void step_elements(const Rule rule, const T decay, const std::int64_t n, const Gradient gradient,
                   T* const p, States* const... states) {
  CINTA_ELEMENTS_APART
  for (std::int64_t k = 0; k < n; ++k) {
    [&](T w, auto... kept) {
      rule(w, gradient(k) + decay * w, kept...);
      p[k] = w;
      ((states[k] = kept), ...);
    }(p[k], states[k]...);
  }
}

/// Row-wise Adagrad's: the sum grows by the mean of the row's squares.
template <class T, class Gradient>
void step_elements(const RowwiseAdagrad<T> rule, const T decay, const std::int64_t width,
                   const Gradient gradient, T* const p, T* const sum) {
  double squares = 0;
  for (std::int64_t k = 0; k < width; ++k) {
    const double d = double(gradient(k) + decay * p[k]);
    squares += d * d;
  }
  *sum += T(squares / double(std::max<std::int64_t>(width, 1)));
  const T rate = rule.rate / (std::sqrt(*sum) + rule.eps);
  for (std::int64_t k = 0; k < width; ++k) p[k] -= rate * (gradient(k) + decay * p[k]);
}

/// Where what a rule keeps begins for the row whose elements begin at `start`.
template <class Rule, class T>
T* state_of_row(T* first, std::int64_t start, std::int64_t width) {
  return first + (is_rowwise<Rule> ? start / std::max<std::int64_t>(width, 1) : start);
}

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

}  // namespace cinta::kernels
