#pragma once
// Eigenvalues of symmetric matrices and singular values. Small ones by Jacobi's rotations, in
// lanes.

#include <cinta/ops/kernels/linalg/matrices.hpp>

namespace cinta::kernels {

/// Codes of what stopped these.
inline constexpr std::int64_t no_convergence = 1, not_finite = 2;

/// values (..., n), ascending, and as rows of `vectors` (..., n, n), unless that is null, the
/// eigenvectors of the symmetric part of a. With `alone` the values have the bits that they have
/// without vectors. Stops besides as symmetric_part does.
Stop eigh(const Array& a, const Array& values, const Array* vectors, bool alone = false);

/// a (..., m, n) = u (..., m, k) s vh (..., k, n), s (..., k) descending; u and vh or neither.
/// `alone` as of eigh.
Stop svd(const Array& a, const Array* u, const Array& s, const Array* vh, bool alone = false);

/// y (..., r, c) of bool: whether a gap is 0 but for a few roundings of the largest of `values`
/// (..., n). Stops at the first of those, numbered from 1, where x is more than roundings of the
/// largest of `terms` of its matrix.
Stop closed_gaps(const Array& x, const Array& gaps, const Array& terms, const Array& values,
                 const Array& y);

}  // namespace cinta::kernels
