#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(softmax, (const Array& x, double of_nothing, const Array& y),
                    (x, of_nothing, y))
CINTA_SIMD_FUNCTION(logsumexp, (const Array& x, const Array& y), (x, y))
CINTA_SIMD_FUNCTION(log_softmax, (const Array& x, const Array& y), (x, y))
CINTA_SIMD_FUNCTION(softmax_backward, (const Array& y, const Array& dy, const Array& dx),
                    (y, dy, dx))
CINTA_SIMD_FUNCTION(log_softmax_backward, (const Array& y, const Array& dy, const Array& dx),
                    (y, dy, dx))
CINTA_SIMD_FUNCTION(cross_entropy, (const Array& x, const Array& labels, const Array& loss),
                    (x, labels, loss))
CINTA_SIMD_FUNCTION(cross_entropy_backward,
                    (const Array& x, const Array& labels, const Array& loss, const Array& dloss,
                     const Array& dx),
                    (x, labels, loss, dloss, dx))

}  // namespace cinta::kernels
