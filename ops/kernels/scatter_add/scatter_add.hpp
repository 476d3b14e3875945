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

}  // namespace cinta::kernels
