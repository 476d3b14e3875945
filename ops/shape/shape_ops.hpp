#pragma once
// Operations that move elements or show them in another shape. Those marked "view" share memory
// with their input.

#include <cinta/autograd/tensor.hpp>
#include <limits>

namespace cinta {

/// The same elements in another shape; one size may be -1. A view where the strides allow it.
/// Throws ShapeError if the numbers of elements differ.
Tensor reshape(const Tensor& x, const Shape& shape, Site site = {});
/// Axes [start, ..., end] become one. reshape to (rows, -1) is flatten(x, 1).
Tensor flatten(const Tensor& x, int start_axis = 0, int end_axis = -1, Site site = {});
/// View with two axes exchanged; the default transposes a matrix.
Tensor transpose(const Tensor& x, int axis0 = -2, int axis1 = -1, Site site = {});
/// View with axes in the given order, which names each axis once.
Tensor permute(const Tensor& x, const Shape& axes, Site site = {});
/// View with a new axis of size 1 before `axis`.
Tensor unsqueeze(const Tensor& x, int axis, Site site = {});
/// View without `axis`, whose size must be 1.
Tensor squeeze(const Tensor& x, int axis, Site site = {});
/// View that repeats elements along new and size-1 axes without copying them.
Tensor broadcast_to(const Tensor& x, const Shape& shape, Site site = {});

/// `stop` of a slice: to the end.
inline constexpr std::int64_t end_of_axis = std::numeric_limits<std::int64_t>::max();
/// View of the elements start, start + step, ... before `stop` along `axis`. Negative bounds count
/// from the end; bounds outside are cut, as in Python. Throws ValueError unless step > 0.
Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop = end_of_axis,
             std::int64_t step = 1, Site site = {});
/// View of one position along `axis`, which disappears. Throws IndexError.
Tensor select(const Tensor& x, int axis, std::int64_t index, Site site = {});

/// View of the elements offset + sum of index * stride of the dense `x`, counted in row-major
/// order. Elements may be shown several times; their gradients add up. Throws ShapeError if x is
/// not dense or has no such element.
Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides,
                  std::int64_t offset = 0, Site site = {});

/// Joins tensors along an existing axis; other sizes must agree, dtypes promote.
Tensor cat(const Tensors& parts, int axis = 0, Site site = {});
/// Joins tensors of one shape along a new axis.
Tensor stack(const Tensors& parts, int axis = 0, Site site = {});

/// The same values in another dtype; float to int64 truncates, anything to bool asks "not 0?".
/// Returns `x` itself if it has the dtype already. Differentiable between floating dtypes.
Tensor to(const Tensor& x, Dtype dtype, Site site = {});
/// `x` itself if its elements lie densely in row-major order, else a dense copy.
Tensor contiguous(const Tensor& x, Site site = {});

// clone and sum_to are declared in autograd/engine_ops.hpp.

}  // namespace cinta
