#pragma once
// Operations that show a tensor as several parts along one axis. Each is one node: where a tensor
// is used up part by part, its gradient is put together once.

#include <cinta/autograd/tensor.hpp>
#include <concepts>

#pragma GCC visibility push(default)
namespace cinta {

namespace detail {
Tensors split_evenly(const Tensor& x, std::int64_t size, int axis, const Site& site);
}  // namespace detail

/// Views of x along `axis`, one for each of `sizes`, which must add up to its size; as PyTorch's
/// split. Throws ShapeError, IndexError for an axis out of range.
Tensors split(const Tensor& x, const Shape& sizes, int axis = 0, Site site = {});
/// The same with parts of `size`, of which the last may be smaller. An axis of size 0 gives one
/// empty part. Throws ValueError unless size > 0 (or 0 for an axis of size 0).
template <std::integral I>
requires(!std::same_as<I, bool>) Tensors
    split(const Tensor& x, I size, int axis = 0, Site site = {}) {
  return detail::split_evenly(x, std::int64_t(size), axis, site);
}

/// The same with at most `count` parts of one size, the last of which may be smaller: 5 elements
/// in 4 chunks are 2, 2 and 1. Throws ValueError unless count > 0.
Tensors chunk(const Tensor& x, std::int64_t count, int axis = 0, Site site = {});

/// Views of each position along `axis`, which disappears. Throws IndexError.
Tensors unbind(const Tensor& x, int axis = 0, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
