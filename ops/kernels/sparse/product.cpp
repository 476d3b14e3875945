#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/kernels/sparse/product.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(sparse_product,
                    (const SparseRows& rows, const Array& values, const Array& x, const Array& y),
                    (rows, values, x, y))
CINTA_SIMD_FUNCTION(sampled_product,
                    (const SparseRows& rows, const Array& u, const Array& v, const Array& values),
                    (rows, u, v, values))

}  // namespace cinta::kernels
