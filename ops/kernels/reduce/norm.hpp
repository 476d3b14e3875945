#pragma once
// Norms and products of rows.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[i] = (sum of |x[i, :]| ^ p) ^ (1 / p) of the rows of a dense (..., n) array, y dense, one
/// floating dtype, 0 < p < infinity. No square overflows or vanishes on the way.
void norm_rows(const Array& x, double p, const Array& y);

/// y[i] = the product of x[i, :]. Numeric.
void product_rows(const Array& x, const Array& y);

}  // namespace cinta::kernels
