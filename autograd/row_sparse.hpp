#pragma once
// Row-sparse tensors: a table given by a few of its rows, all others being zero. They are what the
// gradient of a lookup is, if it was told so (`sparse`), and never part of a graph. Sums of
// gradients, optimizers, printing and the functions below take them; every other operation refuses.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// What stands behind a row-sparse tensor: row ids[i] of the table gets rows[i] added. An L2
/// penalty on a table whose gradients are row-sparse adds a multiple of the table itself, which is
/// not written out but kept as `decay`: optimizers treat it as weight decay.
struct RowSparse : Counted {
  RowSparse(Tensor which, Tensor what, bool unique)
      : ids(std::move(which)), rows(std::move(what)), coalesced(unique) {}

  Tensor ids;                 // int64 (k,), dense
  Tensor rows;                // (k, ...) dense
  bool coalesced;             // the ids grow, so that none comes twice
  double decay = 0;           // and this many times
  Tensor table = {};          // these elements,
  std::uint32_t version = 0;  // as they were then

  static void destroy(RowSparse* sparse) noexcept;
};

/// The tensor of this shape whose row ids[i] is the sum of all rows[i] of that id, and zero where
/// there is none. ids (k,) are int64, rows (k, ...) floating; both are shared, not copied. Throws
/// ShapeError, DtypeError, and IndexError for an id outside the first axis.
Tensor row_sparse(const Shape& shape, const Tensor& ids, const Tensor& rows, Site site = {});

/// The ids and the rows of a row-sparse tensor, and how many times the table itself it holds
/// besides (0 but for the gradient of l2_penalty). Throws ValueError if it is none.
const Tensor& row_ids(const Tensor& x, Site site = {});
const Tensor& row_values(const Tensor& x, Site site = {});
double row_decay(const Tensor& x, Site site = {});

/// The same with ids that grow and differ. Rows of one id are added in the order in which they
/// stand, so that the bits do not depend on the number of threads.
Tensor coalesce(const Tensor& x, Site site = {});

/// A row-sparse tensor times a number.
Tensor scale_rows(const Tensor& x, double factor, Site site = {});

/// The same as an ordinary tensor; one that is not row-sparse is returned as it is. Throws
/// GraphError if it holds a multiple of a table that was written to since.
Tensor to_dense(const Tensor& x, Site site = {});

namespace detail {

/// Without checks: dense int64 ids in range, dense rows.
Tensor make_row_sparse(const Spec& spec, Tensor ids, Tensor rows, bool coalesced = false);

/// `decay` times the elements of `table` as they are now.
Tensor times_table(const Tensor& table, double decay);

/// Throws GraphError if x holds a multiple of a table that was written to since.
void check_table(const Tensor& x);
[[noreturn]] void refuse_stale_table();

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
#pragma GCC visibility pop
