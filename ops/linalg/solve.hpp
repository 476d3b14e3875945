#pragma once
// Linear systems, float32 or float64, batched over the leading axes, which broadcast. Of two dtypes
// the larger wins. A right-hand side with one axis is a vector, as in NumPy; else its last two axes
// are a matrix of several.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// x with a x = b, for a (..., n, n) and b (..., n, k) or (n): (..., n, k) or (..., n). By an LU
/// factorization with exchanged pivots, which the gradient uses again. Throws ValueError naming the
/// first matrix that is singular and its pivot; ShapeError for sizes that do not fit, DtypeError.
Tensor solve(const Tensor& a, const Tensor& b, Site site = {});

struct TriangularOptions {
  bool upper = false;       ///< the upper triangle of a counts
  bool transposed = false;  ///< aᵀ x = b
  bool unit = false;        ///< the diagonal counts as ones and is not read
};
/// x with a x = b for a triangle of a (..., n, n); the other triangle is not read and its gradient
/// is 0. b and x as in solve. Throws ValueError naming the first matrix with a zero on its
/// diagonal; ShapeError, DtypeError.
Tensor solve_triangular(const Tensor& a, const Tensor& b, TriangularOptions options = {},
                        Site site = {});

/// The inverse of a (..., n, n). To solve a system, solve() is faster and more accurate. Throws
/// like solve.
Tensor inv(const Tensor& a, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
