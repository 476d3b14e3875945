#pragma once
// Matrix products. float32 and float64; of two dtypes the larger wins.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Matrix product by NumPy's rules: (..., m, k) x (..., k, n) gives (..., m, n), the leading axes
/// broadcast. A 1-d `a` counts as a row, a 1-d `b` as a column, and that axis is not in the result:
/// (k) x (k) is a 0-dim tensor. Transposed views are read where they lie. Throws ShapeError for
/// 0-dim inputs, inner sizes that differ and leading axes that do not broadcast; DtypeError for
/// int64 and bool.
Tensor matmul(const Tensor& a, const Tensor& b, Site site = {});

/// x (..., in) times weight (out, in) transposed, plus bias (out): (..., out). An undefined bias
/// is none. The dtypes must agree. Throws ShapeError, DtypeError.
Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
