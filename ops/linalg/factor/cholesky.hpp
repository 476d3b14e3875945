#pragma once
// Symmetric positive definite matrices: (..., n, n), float32 or float64, batched over the leading
// axes.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct CholeskyOptions {
  bool upper = false;  ///< the factor is upper triangular, and a = uᵀ u
  double jitter = 0;   ///< is added to the diagonal first
};
/// The lower triangular l (..., n, n) with l lᵀ = a and a positive diagonal; zeros above it.
///
/// What is factored is (a + aᵀ)/2, so the gradient is symmetric. Where two elements across the
/// diagonal differ by more than rounding explains (a thousandth of their size and of the
/// diagonal's), that is an error. The gradient comes by triangular solves (Murray,
/// arXiv:1602.07527, eq. 10), no inverse is formed.
///
/// Throws ValueError naming the first matrix that is not symmetric, not positive definite (and its
/// leading minor) or not finite; ShapeError if a is not square, DtypeError if it is not floating.
Tensor cholesky(const Tensor& a, CholeskyOptions options = {}, Site site = {});

struct CholeskySolveOptions {
  bool upper = false;  ///< the factor is u
};
/// x (..., n, k) with a x = b, for the factor of a = l lᵀ (or uᵀ u with `upper`) and b (..., n, k),
/// or (n) for one right-hand side. Leading axes broadcast. Throws like solve_triangular.
Tensor cholesky_solve(const Tensor& l, const Tensor& b, CholeskySolveOptions options = {},
                      Site site = {});

/// The inverse of a = l lᵀ (or uᵀ u), from its factor. Throws like solve_triangular.
Tensor cholesky_inverse(const Tensor& l, CholeskySolveOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
