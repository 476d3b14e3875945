#pragma once
// Products of sparse matrices with dense ones. All arrays are dense, ids and pointers int64, the
// others of one floating dtype. Each row is one thread's and adds up in the order of its elements,
// as well as sum() does (loop/long_sums.hpp): the bits depend on the matrix alone.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Row i has elements k with pointers[i] <= k < pointers[i + 1], in columns ids[k].
struct SparseRows {
  const Array& pointers;
  const Array& ids;
  const Array* places = nullptr;  ///< values[places[k]] is the k-th; null if values[k] is
};

/// y[b, i, :] = the sum over the elements k of row i of its value times x[b, ids[k], :], for x
/// (..., n, w) and y (..., m, w).
void sparse_product(const SparseRows& rows, const Array& values, const Array& x, const Array& y);

/// values[k] = the sum over b of u[b, i, :] times v[b, ids[k], :], for k in row i, u (..., m, w)
/// and v (..., n, w). There are no places.
void sampled_product(const SparseRows& rows, const Array& u, const Array& v, const Array& values);

}  // namespace cinta::kernels
