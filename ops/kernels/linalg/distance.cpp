#include <cinta/ops/kernels/linalg/distance.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(distances, (const Array& a, const Array& b, const Array& y), (a, b, y))

}  // namespace cinta::kernels
