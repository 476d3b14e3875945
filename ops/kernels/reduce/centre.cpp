#include <cinta/ops/kernels/reduce/centre.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(centre_rows, (const Array& x, const Array& y), (x, y))

}  // namespace cinta::kernels
