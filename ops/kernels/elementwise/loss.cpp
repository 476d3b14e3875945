#include <cinta/ops/kernels/elementwise/loss.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(elementwise_loss, (Loss how, const Array& p, const Array& t, const Array& y),
                    (how, p, t, y))
CINTA_SIMD_FUNCTION(elementwise_loss_backward,
                    (Loss how, const Array& p, const Array& t, const Array& dy, const Array& dp),
                    (how, p, t, dy, dp))

}  // namespace cinta::kernels
