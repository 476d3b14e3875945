#pragma once

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// y[o] = x1^T W[o] x2 + b[o] for x1 (..., in1), x2 (..., in2) of equal leading axes, weight (out,
/// in1, in2) and bias (out), which may be undefined: (..., out). One floating dtype. Throws
/// ShapeError, DtypeError.
Tensor bilinear(const Tensor& x1, const Tensor& x2, const Tensor& weight, const Tensor& bias = {},
                Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
