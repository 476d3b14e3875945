#include <cinta/ops/kernels/optimize.hpp>
#include <cinta/ops/kernels/simd_level.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(sgd_step,
                    (const Array& parameter, const Array& gradient, const Array* buffer,
                     const SgdStep& step),
                    (parameter, gradient, buffer, step))
CINTA_SIMD_FUNCTION(adam_step,
                    (const Array& parameter, const Array& gradient, const Array& mean,
                     const Array& square, const AdamStep& step),
                    (parameter, gradient, mean, square, step))

}  // namespace cinta::kernels
