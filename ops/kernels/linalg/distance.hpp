#pragma once
// Distances of rows.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[k, i, j] = |a[k, i, :] - b[k, j, :]|, dense, one floating dtype. Squares are added as doubles.
void distances(const Array& a, const Array& b, const Array& y);

}  // namespace cinta::kernels
