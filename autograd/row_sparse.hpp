#pragma once
// Row-sparse tensors: a table given by a few of its rows, all others being zero. They are what the
// gradient of a lookup is, if it was told so (`sparse`), and never part of a graph. Sums of
// gradients, optimizers, printing and the functions below take them; every other operation refuses.

#include <cinta/autograd/tensor.hpp>

namespace cinta {

/// What stands behind a row-sparse tensor: row ids[i] of the table gets rows[i] added.
struct RowSparse : Counted {
  RowSparse(Tensor which, Tensor what, bool unique)
      : ids(std::move(which)), rows(std::move(what)), coalesced(unique) {}

  Tensor ids;      // int64 (k,), dense
  Tensor rows;     // (k, ...) dense
  bool coalesced;  // the ids grow, so that none comes twice

  static void destroy(RowSparse* sparse) noexcept;
};

/// The tensor of this shape whose row ids[i] is the sum of all rows[i] of that id, and zero where
/// there is none. ids (k,) are int64, rows (k, ...) floating; both are shared, not copied. Throws
/// ShapeError, DtypeError, and IndexError for an id outside the first axis.
Tensor row_sparse(const Shape& shape, const Tensor& ids, const Tensor& rows, Site site = {});

/// The ids and the rows of a row-sparse tensor. Throws ValueError if it is none.
const Tensor& row_ids(const Tensor& x, Site site = {});
const Tensor& row_values(const Tensor& x, Site site = {});

/// The same with ids that grow and differ. Rows of one id are added in the order in which they
/// stand, so that the bits do not depend on the number of threads.
Tensor coalesce(const Tensor& x, Site site = {});

/// The same as an ordinary tensor; one that is not row-sparse is returned as it is.
Tensor to_dense(const Tensor& x, Site site = {});

namespace detail {

/// Without checks: dense int64 ids in range, dense rows.
Tensor make_row_sparse(const Spec& spec, Tensor ids, Tensor rows, bool coalesced = false);

/// Zeros: no ids and no rows.
Tensor no_rows(const Spec& spec);

/// The same, sharing its rows with nobody.
Tensor with_own_rows(Tensor x);

/// a + b where at least one is row-sparse.
Tensor add_row_sparse(const Tensor& a, const Tensor& b);

/// into += x for a dense `into` and a row-sparse x of its spec.
void add_rows_in_place(const Tensor& into, const Tensor& x);

}  // namespace detail
}  // namespace cinta
