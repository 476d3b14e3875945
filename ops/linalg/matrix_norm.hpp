#pragma once
// Norms of matrices, float32 or float64, batched over the leading axes. Where one has no slope, at
// 0, its gradient is 0. norm (reduce/norm.hpp) has those of vectors.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Norms of (..., m, n).
enum class MatrixNorm {
  fro,          ///< root of the sum of squares
  nuc,          ///< sum of singular values
  spectral,     ///< largest singular value
  smallest,     ///< smallest singular value
  columns,      ///< largest sum of sizes in a column: the norm 1
  rows,         ///< the same in a row: the norm inf
  columns_min,  ///< smallest sum in a column: the norm -1
  rows_min,     ///< smallest sum in a row: the norm -inf
};
/// (...): the norm of each matrix. Throws like svd, ShapeError for the others' matrices without
/// elements.
Tensor matrix_norm(const Tensor& x, MatrixNorm kind = MatrixNorm::fro, Site site = {});

/// (...): how many times larger the relative error of a solution can be than that of the matrix:
/// |a| |a⁻¹| in that norm, for spectral (any m, n) the largest singular value by the smallest, for
/// smallest the other way round; inf if singular (smallest: for zeros). Throws like matrix_norm
/// and, but for spectral and smallest, ShapeError unless a is square.
Tensor cond(const Tensor& a, MatrixNorm kind = MatrixNorm::spectral, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
