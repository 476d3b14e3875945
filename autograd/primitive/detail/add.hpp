#pragma once
// The sum of two tensors, and what the engine makes of it.

#include <cinta/autograd/tape/apply.hpp>

namespace cinta::detail {

/// a + b, both of one numeric dtype, which `sum` has too, broadcast to its shape. Differentiable.
Tensor add(const Op& op, const Tensor& a, const Tensor& b, const Spec& sum);

/// a + b for two gradients of one spec, each dense or row-sparse. Differentiable.
Tensor add_gradients(const Tensor& a, const Tensor& b);

/// Whether nobody else sees the elements of a gradient, so that it may be written to in place.
bool is_ours(const Tensor& gradient);

/// into += x, not recorded; specs are equal, `into` is dense, x dense or row-sparse.
void add_in_place(const Tensor& into, const Tensor& x);

}  // namespace cinta::detail
