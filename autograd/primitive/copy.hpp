#pragma once
// Copies of a tensor.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// A dense copy in new memory. Differentiable.
Tensor clone(const Tensor& x, Site site = {});

/// `x` itself if its elements lie densely in row-major order, else a dense copy.
Tensor contiguous(const Tensor& x, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
