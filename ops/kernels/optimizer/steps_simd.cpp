// Compiled once per instruction set; see simd/dispatch.hpp. No product is contracted with a sum
// here (CintaSimd.cmake), so that a step has the same bits on all of them and at any place: rows
// get those that a step on the whole table would give them.

#include <cinta/ops/kernels/optimizer/step_loops.hpp>
#include <utility>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

// What a step reads and writes does not overlap, but at one and the same element.
#ifdef __clang__
#define CINTA_ELEMENTS_APART _Pragma("clang loop vectorize(assume_safety)")
#else
#define CINTA_ELEMENTS_APART _Pragma("GCC ivdep")
#endif

namespace cinta::kernels::CINTA_SIMD {

void prepare_step(const StepRule& rule, Dtype dtype, ElementStep& step);
void row_step(const StepRule& rule, const Array& parameter, const StepStates& states,
              const RowGradients& gradients, const RowList& rows);

namespace {

template <class T, class Rule>
struct Numbers {
  T decay;
  Rule rule;
};

// Everything comes by value: what a reference leads to could be what the loop writes to, for all
// that the compiler knows, and it would make no vectors.
template <class T, class Rule, class... States>
void step_elements(const Numbers<T, Rule> numbers, const std::int64_t n, const T* const gradient,
                   T* const p, States* const... states) {
  CINTA_ELEMENTS_APART
  for (std::int64_t k = 0; k < n; ++k) {
    [&](T w, auto... kept) {
      numbers.rule(w, gradient[k] + numbers.decay * w, kept...);
      p[k] = w;
      ((states[k] = kept), ...);
    }(p[k], states[k]...);
  }
}

// Row-wise Adagrad's: the sum grows by the mean of the row's squares.
template <class T>
void step_elements(const Numbers<T, RowwiseAdagrad<T>> numbers, const std::int64_t width,
                   const T* const gradient, T* const p, T* const sum) {
  double squares = 0;
  for (std::int64_t k = 0; k < width; ++k) {
    const double d = double(gradient[k] + numbers.decay * p[k]);
    squares += d * d;
  }
  *sum += T(squares / double(std::max<std::int64_t>(width, 1)));
  const T rate = numbers.rule.rate / (std::sqrt(*sum) + numbers.rule.eps);
  for (std::int64_t k = 0; k < width; ++k) p[k] -= rate * (gradient[k] + numbers.decay * p[k]);
}

template <class T, class Rule>
void step_loop(const void* numbers, std::int64_t n, const void* gradient, void* p,
               const StepStates& states) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    step_elements(*static_cast<const Numbers<T, Rule>*>(numbers), n,
                  static_cast<const T*>(gradient), static_cast<T*>(p),
                  static_cast<T*>(states[I])...);
  }
  (std::make_index_sequence<Rule::states>());
}

// Steps rows whose gradients are sums over places; these are formed where they are used.
template <class T>
void step_groups(const ElementStep& step, const StepTables& tables, const RowGradients& gradients,
                 const RowList& rows) {
  const T* const given = gradients.given.data<T>();
  const RowGroups& groups = *gradients.groups;
  const std::int64_t width = rows.width;
  for_each_row(tables, rows, 1, [&](std::int64_t i, std::int64_t start) {
    if (i + prefetch_ahead < rows.count)
      prefetch(given + groups.places(i + prefetch_ahead)[0] * width,
               width * std::int64_t(sizeof(T)));
    const auto places = groups.places(i);
    if (places.size() == 1)
      return step(width, given + places[0] * width, tables.parameter_at(start),
                  tables.states_at(start));
    constexpr std::int64_t block = 256;
    alignas(64) T sum[block];
    for (std::int64_t k = 0; k < width; k += block) {
      const std::int64_t n = std::min(block, width - k);
      sum_places(given, width, places, k, n, sum);
      step(n, sum, tables.parameter_at(start + k), tables.states_at(start + k));
    }
  });
}

}  // namespace

void prepare_step(const StepRule& rule, Dtype dtype, ElementStep& step) {
  dispatch_floating(dtype, [&]<class T>() {
    std::visit(
        [&]<template <class> class Rule>(const Rule<double>& formula) {
          step.set(Numbers<T, Rule<T>>{T(rule.decay), rounded_rule<T>(formula)},
                   &step_loop<T, Rule<T>>);
        },
        rule.formula);
  });
}

void row_step(const StepRule& rule, const Array& parameter, const StepStates& states,
              const RowGradients& gradients, const RowList& rows) {
  const ElementStep step(rule, parameter.dtype);
  const StepTables tables(rule, parameter, states, rows.width);
  if (gradients.groups) {
    dispatch_floating(parameter.dtype,
                      [&]<class T>() { step_groups<T>(step, tables, gradients, rows); });
    return;
  }
  const char* const given = static_cast<const char*>(gradients.given.memory);
  const std::int64_t bytes = rows.width * std::int64_t(size_of(parameter.dtype));
  for_each_row(tables, rows, 1, [&](std::int64_t i, std::int64_t start) {
    step(rows.width, given + i * bytes, tables.parameter_at(start), tables.states_at(start));
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
