#pragma once
// A tensor taken apart along its first axis, and put together.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// View of the elements of `x` at `index` of its first axis, which stays with size 1.
/// Differentiable.
Tensor row(const Tensor& x, std::int64_t index);

/// The elements of the parts, all of one dtype, one after another in new memory of the given shape,
/// which has as many. Differentiable.
Tensor join(const Tensors& parts, const Shape& shape);

}  // namespace cinta::detail
