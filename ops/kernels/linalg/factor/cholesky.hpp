#pragma once

#include <cinta/ops/kernels/linalg/matrices.hpp>

namespace cinta::kernels {

/// l = the lower triangular factor of (a + aᵀ)/2 + jitter I, zeros above it. Both are (..., n, n),
/// dense and of one floating dtype. The code of what stopped it is the order of the leading minor
/// that is not positive, or -1 - place for an element (place = row * n + column) that differs from
/// the one across the diagonal by more than rounding explains (`asymmetry_limit`).
Stop cholesky(const Array& a, double jitter, const Array& l);

/// y = (a + aᵀ)/2, with zeros above the diagonal if `lower`; y may be a. Stops as cholesky.
Stop symmetric_part(const Array& a, bool lower, const Array& y);

/// Two elements across the diagonal that differ by more than this share of both their own sizes and
/// of the diagonal's are no rounding errors but a matrix that is not symmetric.
inline constexpr double asymmetry_limit = 1e-3;

}  // namespace cinta::kernels
