#include <cinta/ops/kernels/copy/transpose.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(transpose, (const Transposition& t), (t))

}  // namespace cinta::kernels
