#pragma once
// LU factorizations with exchanged rows: (..., m, n), float32 or float64, batched over the leading
// axes. A singular matrix has one; nothing is thrown.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct Lu {
  Tensor p;  ///< (..., m, m), a permutation; has no gradient
  Tensor l;  ///< (..., m, k), lower triangular with ones on its diagonal, k = min(m, n)
  Tensor u;  ///< (..., k, n), upper triangular
};
/// a = p l u. The gradient of a singular matrix throws ValueError, since there is none. Throws
/// ShapeError, DtypeError.
Lu lu(const Tensor& a, Site site = {});

struct LuFactor {
  Tensor lu;      ///< (..., m, n): u, and below its diagonal l
  Tensor pivots;  ///< (..., k), int64: the row that row i was exchanged with, in turn, from 0
};
/// The same as LAPACK keeps it, for lu_solve.
LuFactor lu_factor(const Tensor& a, Site site = {});

/// x with a x = b, for the factors of a square a and b (..., n, k) or (n). Leading axes broadcast.
/// Throws like solve_triangular, ShapeError and DtypeError, IndexError for pivots out of range.
Tensor lu_solve(const LuFactor& factor, const Tensor& b, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
