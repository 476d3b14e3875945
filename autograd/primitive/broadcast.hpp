#pragma once
// Broadcasting and its adjoint, the sum that undoes it.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// View that repeats elements along new and size-1 axes without copying them. Throws ShapeError if
/// x does not broadcast to `shape`.
Tensor broadcast_to(const Tensor& x, const Shape& shape, Site site = {});

/// Sums `x` over the axes that broadcasting added or stretched, down to `shape`; of bools and
/// integers the sum is int64. Throws ShapeError if `shape` does not broadcast to that of x.
Tensor sum_to(const Tensor& x, const Shape& shape, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
