#include <cinta/ops/kernels/optimizer/many_arrays.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(squares_of_arrays, (std::span<const DenseArray> arrays, std::span<double> sums),
                    (arrays, sums))
CINTA_SIMD_FUNCTION(scale_arrays, (std::span<const DenseArray> arrays, double factor),
                    (arrays, factor))
CINTA_SIMD_FUNCTION(blend_arrays,
                    (std::span<const DenseArray> y, std::span<const DenseArray> x, double share),
                    (y, x, share))

}  // namespace cinta::kernels
