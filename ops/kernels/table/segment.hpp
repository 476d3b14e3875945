#pragma once
// Extremes of rows by id.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[k, :] = the largest (smallest) of x[i, :] with ids[i] == k, NaN where one is; -inf (inf) if
/// there is none. All dense, one floating dtype.
void segment_extreme(bool largest, const Array& x, const Array& ids, const Array& y);

}  // namespace cinta::kernels
