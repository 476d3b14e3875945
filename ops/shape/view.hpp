#pragma once
// The same elements in another shape. Results are views, which share memory with their input, where
// strides allow it. broadcast_to is in autograd/primitive/broadcast.hpp.

#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The same elements in another shape; one size may be -1. A view where the strides allow it.
/// Throws ShapeError if the numbers of elements differ.
Tensor reshape(const Tensor& x, const Shape& shape, Site site = {});
/// Axes [start, ..., end] become one. reshape to (rows, -1) is flatten(x, 1).
Tensor flatten(const Tensor& x, Axis start_axis = 0, Axis end_axis = -1, Site site = {});
/// View with axes in the given order, which names each axis once.
Tensor permute(const Tensor& x, const Shape& axes, Site site = {});
/// View with two axes exchanged; the default transposes a matrix.
Tensor transpose(const Tensor& x, Axis axis0 = -2, Axis axis1 = -1, Site site = {});
/// View with a new axis of size 1 before `axis`.
Tensor unsqueeze(const Tensor& x, Axis axis, Site site = {});
/// View without `axis`, whose size must be 1.
Tensor squeeze(const Tensor& x, Axis axis, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
