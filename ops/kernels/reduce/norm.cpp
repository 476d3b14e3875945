#include <cinta/ops/kernels/reduce/norm.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(norm_rows, (const Array& x, double p, const Array& y), (x, p, y))
CINTA_SIMD_FUNCTION(product_rows, (const Array& x, const Array& y), (x, y))

}  // namespace cinta::kernels
