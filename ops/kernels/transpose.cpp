#include <cinta/ops/kernels/simd_level.hpp>
#include <cinta/ops/kernels/transpose.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(transpose, (const Transposition& t), (t))

}  // namespace cinta::kernels
