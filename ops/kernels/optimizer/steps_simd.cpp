// Compiled once per instruction set; see simd/dispatch.hpp. No product is contracted with a sum
// here (CintaSimd.cmake), so that a step has the same bits on all of them and at any place: rows
// get those that a step on the whole table would give them.

#include <cinta/ops/kernels/optimizer/shares.hpp>
#include <cinta/ops/kernels/optimizer/step_loops.hpp>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void dense_steps(std::span<const DenseStep> steps);
void row_step(const StepRule& rule, const Array& parameter, const StepStates& states,
              const RowGradients& gradients, const RowList& rows);

// Elements begin, ..., end - 1 of a step.
static void step_part(const DenseStep& step, std::int64_t begin, std::int64_t end) {
  dispatch_floating(step.dtype, [&]<class T>() {
    std::visit(
        [&]<template <class> class Rule>(const Rule<double>& rule) {
          if constexpr (!is_rowwise<Rule<double>>) {
            with_states<T>(rule, step.states, [&](const auto& rounded, auto*... states) {
              const T* const g = static_cast<const T*>(step.gradient) + begin;
              step_elements(
                  rounded, T(step.rule->decay), end - begin, [g](std::int64_t k) { return g[k]; },
                  static_cast<T*>(step.parameter) + begin, (states + begin)...);
            });
          }
        },
        step.rule->formula);
  });
}

// Of each large parameter a thread steps the share that it has in products with it, and thus in its
// cache; the small ones are dealt out whole.
void dense_steps(std::span<const DenseStep> steps) {
  std::int64_t all = 0, small = 0;
  for (const DenseStep& step : steps) {
    all += step.count;
    if (step.count <= grain) small += step.count;
  }
  for_each_share(all, [&](const Share& share) {
    const std::int64_t from = share.begin_of(small), to = share.end_of(small);
    std::int64_t before = 0;  // elements of the small ones that came so far
    for (const DenseStep& step : steps) {
      if (step.count > grain) {
        step_part(step, share.begin_of(step.count), share.end_of(step.count));
        continue;
      }
      if (before >= from && before < to) step_part(step, 0, step.count);
      before += step.count;
    }
  });
}

void row_step(const StepRule& rule, const Array& parameter, const StepStates& states,
              const RowGradients& gradients, const RowList& rows) {
  dispatch_floating(parameter.dtype, [&]<class T>() {
    std::visit(
        [&]<template <class> class Rule>(const Rule<double>& formula) {
          with_states<T>(formula, states, [&](const auto& rounded, auto*... kept) {
            T* const p = parameter.data<T>();
            const T decay = T(rule.decay);
            const auto step = [&](std::int64_t start, std::int64_t n, const T* g) {
              step_elements(
                  rounded, decay, n, [g](std::int64_t k) { return g[k]; }, p + start,
                  state_of_row<Rule<double>>(kept, start, rows.width)...);
            };
            if constexpr (is_rowwise<Rule<double>>)
              for_each_gradient(rows, gradients, {p}, step);
            else
              for_each_gradient(rows, gradients, {p, kept...}, step);
          });
        },
        rule.formula);
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
