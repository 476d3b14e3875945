#include <cinta/ops/kernels/norm/channel_norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(channel_norm,
                    (const ChannelNorm& norm, const Array& x, const Array* weight,
                     const Array* bias, const ChannelNormResults& results),
                    (norm, x, weight, bias, results))
CINTA_SIMD_FUNCTION(channel_norm_backward,
                    (const ChannelNorm& norm, const Array& x, const Array* weight, const Array& dy,
                     const ChannelNormGradients& gradients),
                    (norm, x, weight, dy, gradients))

}  // namespace cinta::kernels
