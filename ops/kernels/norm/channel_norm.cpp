#include <cinta/ops/kernels/norm/channel_norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(channel_norm,
                    (const ChannelNorm& norm, const Array& x, const Array* weight,
                     const Array* bias, const Array& y, const Array& statistics),
                    (norm, x, weight, bias, y, statistics))
CINTA_SIMD_FUNCTION(channel_norm_backward,
                    (const ChannelNorm& norm, const Array& x, const Array& statistics,
                     const Array* weight, const Array& dy, const ChannelNormGradients& gradients),
                    (norm, x, statistics, weight, dy, gradients))

}  // namespace cinta::kernels
