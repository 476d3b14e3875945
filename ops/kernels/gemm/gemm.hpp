#pragma once
// Matrix products of arrays with any strides.

#include <cinta/autograd/core/storage.hpp>

namespace cinta::kernels {

/// y (..., m, n) = a (..., m, k) x b (..., k, n), or += with `accumulate`. The leading axes of a
/// and b broadcast to those of y. All are of one floating dtype, y is dense and overlaps neither.
/// Transposed matrices and rows with gaps are read where they lie. k = 0 gives zeros.
void matmul(const Array& a, const Array& b, const Array& y, bool accumulate = false);

/// y (..., out) = x (..., in) x weight (out, in) transposed + bias (out), which may be null.
void linear(const Array& x, const Array& weight, const Array* bias, const Array& y);

}  // namespace cinta::kernels
