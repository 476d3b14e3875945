#pragma once
// The same elements in another shape. Results are views, which share memory with their input, where
// strides allow it. broadcast_to is in autograd/primitive/broadcast.hpp.

#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/ops/shape/view/axes.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The same elements in another shape; one size may be -1. A view where the strides allow it.
/// Throws ShapeError if the numbers of elements differ.
Tensor reshape(const Tensor& x, const Shape& shape, Site site = {});
/// Axes [start, ..., end] become one, none (1,). reshape to (rows, -1) is flatten(x, 1).
Tensor flatten(const Tensor& x, Axis start_axis = 0, Axis end_axis = -1, Site site = {});
/// View with axes in the given order, which names each axis once.
Tensor permute(const Tensor& x, const Shape& axes, Site site = {});
/// View with two axes exchanged; the default transposes a matrix. Here and in movedim a tensor
/// without axes has 0 and -1, as in PyTorch, and stays as it is.
Tensor transpose(const Tensor& x, Axis axis0 = -2, Axis axis1 = -1, Site site = {});
/// transpose by NumPy's name, which has no default.
Tensor swapaxes(const Tensor& x, Axis axis0, Axis axis1, Site site = {});
/// View with the axes `from` at the places `to` of the result, and the others in their order around
/// them. Throws ValueError if the two differ in length or name an axis twice.
Tensor movedim(const Tensor& x, const Shape& from, const Shape& to, Site site = {});
inline Tensor movedim(const Tensor& x, Axis from, Axis to, Site site = {}) {
  return movedim(x, Shape{int(from)}, Shape{int(to)}, site);
}
/// View with new axes of size 1, which stand at these places of the result. Throws ValueError
/// unless some are named.
Tensor unsqueeze(const Tensor& x, const Axes& axes, Site site = {});
/// View without these axes, whose size must be 1 (ShapeError); by default without all such axes.
Tensor squeeze(const Tensor& x, const Axes& axes = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
