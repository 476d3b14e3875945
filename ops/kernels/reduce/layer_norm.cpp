#include <cinta/ops/kernels/reduce/layer_norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(layer_norm,
                    (const Array& x, const Array* weight, const Array* bias, double eps,
                     const Array& y),
                    (x, weight, bias, eps, y))
CINTA_SIMD_FUNCTION(layer_norm_backward,
                    (const Array& x, const Array* weight, double eps, const Array& dy,
                     const LayerNormGradients& gradients),
                    (x, weight, eps, dy, gradients))

}  // namespace cinta::kernels
