#include <cinta/ops/kernels/linalg/distance.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(distances, (const Array& a, const Array& b, const Array& y), (a, b, y))
CINTA_SIMD_FUNCTION(weighted_differences,
                    (const Array& w, const Array& a, const Array& b, const Array& y), (w, a, b, y))
CINTA_SIMD_FUNCTION(differences_along,
                    (const Array& v, const Array& a, const Array& b, const Array& y), (v, a, b, y))

}  // namespace cinta::kernels
