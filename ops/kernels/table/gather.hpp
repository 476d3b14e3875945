#pragma once
// Lookups along the first axis.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// A `skip` that is no id.
inline constexpr std::int64_t no_padding = -1;

/// Position of the first id outside [0, count), or -1. Dense int64 ids.
std::int64_t find_out_of_range(const Array& ids, std::int64_t count);

/// y = the row-major numbers in a tensor of shape `from` of the elements that have the index of y
/// but for `axis`, where ids say which. Dense int64 arrays of one shape, not 0-dim.
void flat_ids(const Array& ids, const Shape& from, int axis, const Array& y);

/// y[i, :] = table[ids[i], :], or zeros where ids[i] == skip. Table (rows, width) of any dtype,
/// each row of which is dense, dense ids, dense y.
void gather_rows(const Array& table, const Array& ids, std::int64_t skip, const Array& y);

}  // namespace cinta::kernels
