#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(dense_steps, (std::span<const DenseStep> steps), (steps))
CINTA_SIMD_FUNCTION(row_step,
                    (const StepRule& rule, const Array& parameter, const StepStates& states,
                     const RowGradients& gradients, const RowList& rows),
                    (rule, parameter, states, gradients, rows))

}  // namespace cinta::kernels
