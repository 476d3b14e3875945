#include <cinta/ops/kernels/elementwise/penalty.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(penalty_sums, (const Array& x, double* absolute, double* squares),
                    (x, absolute, squares))
CINTA_SIMD_FUNCTION(penalty_slope,
                    (const Array& x, double l1, double l2, double at_zero, const Array& dx),
                    (x, l1, l2, at_zero, dx))
CINTA_SIMD_FUNCTION(group_norms, (const Array& x, const Groups& groups, double* norms),
                    (x, groups, norms))
CINTA_SIMD_FUNCTION(scale_groups,
                    (const Array& x, const Groups& groups, const double* factor, const Array& y),
                    (x, groups, factor, y))
CINTA_SIMD_FUNCTION(group_slope,
                    (const Array& x, const Groups& groups, double scale, const Array& dx),
                    (x, groups, scale, dx))
CINTA_SIMD_FUNCTION(shrink_elements,
                    (const Array& x, double threshold, double shrink, double low, double high),
                    (x, threshold, shrink, low, high))

}  // namespace cinta::kernels
