#pragma once
// Rows less their means, where these need not be numbers of the rows' type.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y = x less the mean of its row, for dense (..., n) arrays of one floating dtype. Computed in
/// double and from the row's first element on: small deviations from a large mean are right, and
/// those of equal elements exactly 0. The same bits for any number of threads.
void centre_rows(const Array& x, const Array& y);

}  // namespace cinta::kernels
