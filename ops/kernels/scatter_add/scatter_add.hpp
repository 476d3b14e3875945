#pragma once
// Sums of rows by id, the adjoint of a lookup.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// table[ids[i], :] += x[i, :], except where ids[i] == skip. All dense, one dtype. Each row of
/// the table adds up in the order of i, whatever the number of threads, and is as good as
/// sum() however many it gets (long_sums.hpp).
void scatter_add_rows(const Array& x, const Array& ids, std::int64_t skip, const Array& table);

/// The same of a floating dtype on zeros, which `table` need not have.
void sum_rows_by_id(const Array& x, const Array& ids, std::int64_t skip, const Array& table);

/// table[i, ids[i, j, k], k] += x[i, j, k] for axis 1, and so on, with the same care. Dense arrays
/// of one dtype, not 0-dim; dense ids of the shape of x, which outside `axis` is not larger than
/// the table.
void scatter_add_along(const Array& x, const Array& ids, int axis, const Array& table);

}  // namespace cinta::kernels
