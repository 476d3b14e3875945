#include <cinta/ops/kernels/norm/layer_norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(layer_norm,
                    (const LayerNorm& norm, const Array& x, const Array* weight, const Array* bias,
                     const Array& y),
                    (norm, x, weight, bias, y))
CINTA_SIMD_FUNCTION(layer_norm_backward,
                    (const LayerNorm& norm, const Array& x, const Array* weight, const Array& dy,
                     const LayerNormGradients& gradients),
                    (norm, x, weight, dy, gradients))

}  // namespace cinta::kernels
