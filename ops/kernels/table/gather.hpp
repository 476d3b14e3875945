#pragma once
// Lookups along the first axis, and their adjoint.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// A `skip` that is no id.
inline constexpr std::int64_t no_padding = -1;

/// Position of the first id outside [0, count), or -1. Dense int64 ids.
std::int64_t find_out_of_range(const Array& ids, std::int64_t count);

/// y = the row-major numbers in a tensor of shape `from` of the elements that have the index of y
/// but for `axis`, where ids say which. Dense int64 arrays of one shape, not 0-dim.
void flat_ids(const Array& ids, const Shape& from, int axis, const Array& y);

/// y[i, :] = table[ids[i], :], or zeros where ids[i] == skip. Dense table (rows, width) of any
/// dtype, dense ids, dense y.
void gather_rows(const Array& table, const Array& ids, std::int64_t skip, const Array& y);

/// table[ids[i], :] += x[i, :], except where ids[i] == skip. All dense, one floating dtype. Each
/// row of the table adds up in the order of i, whatever the number of threads, and is as good as
/// sum() however many it gets (long_sums.hpp).
void scatter_add_rows(const Array& x, const Array& ids, std::int64_t skip, const Array& table);

}  // namespace cinta::kernels
