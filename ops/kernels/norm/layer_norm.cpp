#include <cinta/ops/kernels/norm/layer_norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(layer_norm,
                    (const LayerNorm& norm, const Array& x, const Array* weight, const Array* bias,
                     const Array& y, const Array& statistics),
                    (norm, x, weight, bias, y, statistics))
CINTA_SIMD_FUNCTION(layer_norm_backward,
                    (bool centred, const Array& x, const Array& statistics, const Array* weight,
                     const Array& dy, const LayerNormGradients& gradients),
                    (centred, x, statistics, weight, dy, gradients))

}  // namespace cinta::kernels
