#pragma once
// Products of sparse and dense matrices, with gradients of every order to the values of the sparse
// one and to the dense one. Of two dtypes the larger wins. Each row is added up by one thread, in
// the order of its elements, so that the bits do not depend on the number of threads.

#include <cinta/ops/sparse/sparse_matrix.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct SparseMatmulOptions {
  bool transposed = false;  ///< the transposed matrix is multiplied; it is not made
};
/// a (m, n) times x (..., n, k), which gives (..., m, k), or times a vector (n), which gives (m).
/// Elements that the matrix does not have are not multiplied: what x holds for them, NaN too, has
/// no influence. Throws ShapeError; DtypeError unless x is floating.
Tensor matmul(const SparseCsr& a, const Tensor& x, SparseMatmulOptions options = {},
              Site site = {});
Tensor matmul(const SparseCoo& a, const Tensor& x, SparseMatmulOptions options = {},
              Site site = {});
/// x (..., k, m) times a (m, n): (..., k, n), or a vector (m): (n).
Tensor matmul(const Tensor& x, const SparseCsr& a, Site site = {});

/// The matrix with the elements of a (m, k) times b (k, n) at the places of `places` (m, n), whose
/// values do not count. Only those products are computed: the scores of a graph's edges. Throws
/// ShapeError, DtypeError.
SparseCsr sampled_matmul(const SparseCsr& places, const Tensor& a, const Tensor& b, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
