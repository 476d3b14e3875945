#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/kernels/sort/within.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(find_within,
                    (const WithinBounds& bounds, std::uint16_t* places, std::int64_t& found,
                     std::int64_t& below),
                    (bounds, places, found, below))

}  // namespace cinta::kernels
