#include <cinta/ops/kernels/optimizer/shares.hpp>
#include <cinta/ops/kernels/optimizer/step_loops.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(prepare_step, (const StepRule& rule, Dtype dtype, ElementStep& step),
                    (rule, dtype, step))
CINTA_SIMD_FUNCTION(row_step,
                    (const StepRule& rule, const Array& parameter, const StepStates& states,
                     const RowGradients& gradients, const RowList& rows),
                    (rule, parameter, states, gradients, rows))

ElementStep::ElementStep(const StepRule& rule, Dtype dtype) { prepare_step(rule, dtype, *this); }

std::size_t StepRule::states() const {
  return std::visit([]<class Rule>(const Rule&) { return Rule::states; }, formula);
}

namespace {

// Elements begin, ..., end - 1 of a step.
void step_part(const DenseStep& step, std::int64_t begin, std::int64_t end) {
  const std::int64_t offset = begin * std::int64_t(size_of(step.dtype));
  StepStates states{};
  for (std::size_t k = 0; k < step.rule->states(); ++k)
    states[k] = static_cast<char*>(step.states[k]) + offset;
  ElementStep(*step.rule, step.dtype)(end - begin, static_cast<const char*>(step.gradient) + offset,
                                      static_cast<char*>(step.parameter) + offset, states);
}

}  // namespace

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

}  // namespace cinta::kernels
