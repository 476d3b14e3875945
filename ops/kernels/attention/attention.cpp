#include <cinta/ops/kernels/attention/attention.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(attention, (const Attention& call, const Array& y), (call, y))
CINTA_SIMD_FUNCTION(attention_backward,
                    (const Attention& call, const Array& dy, const AttentionGradients& to),
                    (call, dy, to))

}  // namespace cinta::kernels
