#pragma once

#include <cinta/ops/kernels/linalg/matrices.hpp>

namespace cinta::kernels {

/// a (..., m, n) = q (..., m, k) r (..., k, n), k = min(m, n): columns of q are orthonormal, r is
/// upper triangular, by Householder's reflections. All are dense and of one floating dtype.
void qr(const Array& a, const Array& q, const Array& r);

}  // namespace cinta::kernels
