#pragma once
// a = l u pᵀ: l lower triangular, u upper with ones on its diagonal, p a permutation of columns.
// That is what LAPACK's LU of a matrix by columns is to one by rows; it serves to solve as well.

#include <cinta/ops/kernels/linalg/matrices.hpp>

namespace cinta::kernels {

/// `factors` (..., m, n), like a, gets l in its lower triangle and u above; `pivots` (..., min(m,
/// n)) of int64, in turn, the column that each column k was exchanged with, at least k. A column
/// of zeros stays as it is.
void lu_factor(const Array& a, const Array& factors, const Array& pivots);

/// x (..., n, k) solves a x = b, or aᵀ x = b with `transposed`, for the factors of a (..., n, n)
/// and b (..., n, k), which broadcast to x. Nothing looks for zeros among the pivots.
void lu_solve(const Array& factors, const Array& pivots, const Array& b, bool transposed,
              const Array& x);

/// y (..., n, n) = the inverse of a.
void lu_inverse(const Array& factors, const Array& pivots, const Array& y);

/// Sign and logarithm of the absolute value of the determinant, or with a null `log` the
/// determinant itself in `sign`; both (...).
void lu_determinant(const Array& factors, const Array& pivots, const Array& sign, const Array* log);

/// y (..., n, n) = the cofactors of a: its determinant times its inverse, transposed. In the place
/// of a zero pivot stands one that rounding could have left, which the product does not show.
void lu_cofactors(const Array& factors, const Array& pivots, const Array& y);

/// order (..., n): the row that comes to each place when rows are exchanged as the pivots say.
void pivot_order(const Array& pivots, const Array& order);

}  // namespace cinta::kernels
