#pragma once
// Views of a part of a tensor, which share memory with it.

#include <cinta/autograd/tensor.hpp>
#include <limits>

#pragma GCC visibility push(default)
namespace cinta {

/// `stop` of a slice: to the end.
inline constexpr std::int64_t end_of_axis = std::numeric_limits<std::int64_t>::max();
/// View of the elements start, start + step, ... before `stop` along `axis`. Negative bounds count
/// from the end; bounds outside are cut, as in Python. Throws ValueError unless step > 0.
Tensor slice(const Tensor& x, Axis axis, std::int64_t start, std::int64_t stop = end_of_axis,
             std::int64_t step = 1, Site site = {});
/// View of one position along `axis`, which disappears. Throws IndexError.
Tensor select(const Tensor& x, Axis axis, std::int64_t index, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
