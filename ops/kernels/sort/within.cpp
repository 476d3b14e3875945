#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/kernels/sort/within.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(keep_within,
                    (const WithinBounds& bounds, void* kept, std::uint16_t* counts, Within& within),
                    (bounds, kept, counts, within))

}  // namespace cinta::kernels
