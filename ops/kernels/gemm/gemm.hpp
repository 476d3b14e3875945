#pragma once
// Matrix products of arrays with any strides.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>

namespace cinta::kernels {

/// y (..., m, n) = a (..., m, k) x b (..., k, n), or += with `accumulate`. The leading axes of a
/// and b broadcast to those of y. All are of one floating dtype, y is dense and overlaps neither.
/// Transposed matrices and rows with gaps are read where they lie. k = 0 gives zeros.
void matmul(const Array& a, const Array& b, const Array& y, bool accumulate = false);

/// One product, by what is best for its sizes and strides; for kernels whose matrices are parts of
/// arrays.
void multiply(const Product<float>& product);
void multiply(const Product<double>& product);

/// y (..., out) = x (..., in) x weight (out, in) transposed + bias (out), which may be null.
void linear(const Array& x, const Array& weight, const Array* bias, const Array& y);

}  // namespace cinta::kernels
