#include <cinta/ops/kernels/scatter_add/part_sums.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(add_to_part,
                    (const PartSums<float>& sums, LinesBehind& behind, std::int64_t& next),
                    (sums, behind, next))
CINTA_SIMD_FUNCTION(add_to_part,
                    (const PartSums<double>& sums, LinesBehind& behind, std::int64_t& next),
                    (sums, behind, next))

}  // namespace cinta::kernels
