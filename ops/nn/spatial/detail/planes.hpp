#pragma once
// Private to ops: the planes of pools, and elements at their indices in them, what pools of maxima
// differentiate to.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/pool/pool.hpp>

namespace cinta::detail {

/// The product of the axes before the last `axes`.
std::int64_t planes_of(const Tensor& x, int axes);

/// The planes of x under windows of one element.
kernels::PoolGeometry plain_geometry(const Tensor& x, int axes);

/// Zeros of `shape` with each element of x at its index in its plane. Of several with one index the
/// last stays and alone gets the gradient, or they add up with `add`. Indices have been checked.
Tensor put_in_planes(const Op& op, const Tensor& x, const Tensor& indices, std::int64_t planes,
                     bool add, const Shape& shape);

}  // namespace cinta::detail
