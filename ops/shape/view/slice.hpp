#pragma once
// Views of a part of a tensor, which share memory with it.

#include <cinta/autograd/tensor.hpp>
#include <cstdint>

#pragma GCC visibility push(default)
namespace cinta {

/// `stop` of a slice: as far as its axis goes in the direction of the step.
inline constexpr std::int64_t end_of_axis = INT64_MAX;
/// View of the elements start, start + step, ... before `stop` along `axis`. Negative bounds count
/// from the end; bounds outside are cut, as in Python. With a negative step it runs backwards:
/// slice(x, 0, -1, end_of_axis, -1) is all of it, last element first. Throws ValueError for a step
/// of 0.
Tensor slice(const Tensor& x, Axis axis, std::int64_t start, std::int64_t stop = end_of_axis,
             std::int64_t step = 1, Site site = {});
/// View of `length` elements from `start` on; a negative start counts from the end. Throws
/// IndexError unless they lie within the axis.
Tensor narrow(const Tensor& x, Axis axis, std::int64_t start, std::int64_t length, Site site = {});
/// View of the windows of `size` elements that begin at 0, step, 2 step, ... of `axis`: the axis
/// becomes their number, and a new last axis holds the elements of each. Of a 0-dim x there is one
/// window, and only that axis. Gradients of elements in several windows add up. Throws ShapeError
/// if the axis is shorter than `size`, ValueError unless size >= 0 and step > 0.
Tensor unfold(const Tensor& x, Axis axis, std::int64_t size, std::int64_t step, Site site = {});
/// View of one position along `axis`, which disappears. Throws IndexError.
Tensor select(const Tensor& x, Axis axis, std::int64_t index, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
