#pragma once
// Distances of rows.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[k, i, j] = |a[k, i, :] - b[k, j, :]|, dense, one floating dtype. Squares are added as doubles.
void distances(const Array& a, const Array& b, const Array& y);

/// y[k, i, :] = sum over j of w[k, i, j] (a[k, i, :] - b[k, j, :]), added as doubles, without the
/// rows whose weight is 0.
void weighted_differences(const Array& w, const Array& a, const Array& b, const Array& y);
/// y[k, i, j] = the sum of v[k, i, :] (a[k, i, :] - b[k, j, :]), added as doubles.
void differences_along(const Array& v, const Array& a, const Array& b, const Array& y);

}  // namespace cinta::kernels
