#pragma once

#include <cinta/ops/kernels/linalg/matrices.hpp>
#include <limits>

namespace cinta::kernels {

/// l = the lower triangular factor of (a + aᵀ)/2 + jitter I, zeros above it. Both are (..., n, n),
/// dense and of one floating dtype. The code of what stopped it is the order of the leading minor
/// that is not positive, or -1 - place for an element (place = row * n + column) that differs from
/// the one across the diagonal by more than rounding explains (`asymmetry_limit`).
Stop cholesky(const Array& a, double jitter, const Array& l);

/// y = (a + aᵀ)/2, with zeros above the diagonal if `lower`. Stops as cholesky, after all matrices.
Stop symmetric_part(const Array& a, bool lower, const Array& y);
/// The same of any matrices (..., n, n): nothing is asymmetric enough to stop it.
void mean_with_transpose(const Array& x, const Array& y);

/// Two elements across the diagonal that differ by more than this share of both their own sizes and
/// of the diagonal's are no rounding errors but a matrix that is not symmetric.
inline constexpr double asymmetry_limit = 1e-3;

/// These two go through bands of so many rows, each with the one as far from the other end:
/// the pairs have as much to do.
inline constexpr std::int64_t band_rows = 16;
inline std::int64_t band_pairs(std::int64_t n) { return ((n + band_rows - 1) / band_rows + 1) / 2; }
inline constexpr std::int64_t none_asymmetric = std::numeric_limits<std::int64_t>::max();

}  // namespace cinta::kernels
