#pragma once
// From dense to sparse matrices and back. Values keep their place in the graph.

#include <cinta/ops/sparse/sparse_matrix.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The elements of a dense matrix (m, n) that are not 0 (NaN is not), row by row. The gradient goes
/// to those alone: an element that is 0 is no part of the result. Throws ShapeError, DtypeError.
SparseCoo to_sparse_coo(const Tensor& x, Site site = {});
SparseCsr to_sparse_csr(const Tensor& x, Site site = {});
/// Each element with its row, in their order.
SparseCoo to_sparse_coo(const SparseCsr& a, Site site = {});
/// By rows, after coalesce().
SparseCsr to_sparse_csr(const SparseCoo& a, Site site = {});

/// The same with places that grow, row by row: equal ones become one, whose value is the sum.
SparseCoo coalesce(const SparseCoo& a, Site site = {});

/// The transposed matrix (n, m), by its rows.
SparseCsr transpose(const SparseCsr& a, Site site = {});

/// The dense matrix (m, n), 0 where no element is; equal places add up.
Tensor to_dense(const SparseCoo& a, Site site = {});
Tensor to_dense(const SparseCsr& a, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
