#pragma once
// Norms of vectors and matrices, float32 or float64. Where a norm has no slope, at 0, its gradient
// is 0.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct VectorNormOptions {
  double ord = 2;  ///< any number, also infinite; 0 counts what is not 0
  bool keepdims = false;
};
/// (sum of |x|^ord)^(1/ord) over axes, by default all: the largest |x| for inf, the smallest for
/// -inf, which share their gradient if equal. Of no elements 0, where that is defined: ShapeError
/// for infinite and negative orders. The norms 2 and, for positive orders, others do not overflow
/// where the result does not. Throws DtypeError.
Tensor vector_norm(const Tensor& x, const Axes& axes = {}, VectorNormOptions options = {},
                   Site site = {});

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
Tensor matrix_norm(const Tensor& x, MatrixNorm norm = MatrixNorm::fro, Site site = {});

/// (...): how many times larger the relative error of a solution can be than that of the matrix:
/// |a| |a⁻¹| in that norm, for spectral (any m, n) the largest singular value by the smallest; inf
/// if singular. Throws like matrix_norm and, but for spectral and smallest, ShapeError unless a is
/// square.
Tensor cond(const Tensor& a, MatrixNorm norm = MatrixNorm::spectral, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
