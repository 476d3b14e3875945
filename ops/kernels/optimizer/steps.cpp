#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cmath>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(sgd_step,
                    (const Array& parameter, const RowGradients& gradients, const Array* buffer,
                     const RowList& rows, const SgdStep& step, double threshold),
                    (parameter, gradients, buffer, rows, step, threshold))
CINTA_SIMD_FUNCTION(adam_step,
                    (const Array& parameter, const RowGradients& gradients, const Array& mean,
                     const Array& square, const RowList& rows, const AdamRates& step),
                    (parameter, gradients, mean, square, rows, step))
CINTA_SIMD_FUNCTION(adagrad_step,
                    (const Array& parameter, const RowGradients& gradients, const Array& sum,
                     const RowList& rows, const AdagradStep& step),
                    (parameter, gradients, sum, rows, step))

AdamRates::AdamRates(const AdamStep& step, double extra)
    : rate(step.lr / (1 - std::pow(step.beta1, double(step.count)))),
      correction(1 / std::sqrt(1 - std::pow(step.beta2, double(step.count)))),
      shrink(step.decoupled ? 1 - step.lr * step.weight_decay : 1),
      coupled(extra + (step.decoupled ? 0 : step.weight_decay)),
      beta1(step.beta1),
      beta2(step.beta2),
      eps(step.eps) {}

}  // namespace cinta::kernels
