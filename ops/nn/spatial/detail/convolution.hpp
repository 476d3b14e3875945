#pragma once
// The three operations that are each other's adjoints: one geometry, and which of its three arrays
// is computed from the other two. Inputs have been checked.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/conv/conv.hpp>

namespace cinta::detail {

/// y of x and w, plus bias unless that is undefined.
Tensor convolve(const Op& op, const Tensor& x, const Tensor& w, const Tensor& bias,
                const kernels::ConvGeometry& geometry, const Shape& y_shape);
/// x of y and w, plus bias unless that is undefined.
Tensor convolve_transposed(const Op& op, const Tensor& y, const Tensor& w, const Tensor& bias,
                           const kernels::ConvGeometry& geometry, const Shape& x_shape);

}  // namespace cinta::detail
