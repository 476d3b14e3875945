#pragma once
// The few operations that the engine itself needs; ops/ defines them.

#include <cinta/autograd/tensor.hpp>

namespace cinta {

/// Sums `x` over the axes that broadcasting added or stretched, down to `shape`. Differentiable.
Tensor sum_to(const Tensor& x, const Shape& shape, Site site = {});

/// A dense copy in new memory. Differentiable.
Tensor clone(const Tensor& x, Site site = {});

/// All elements 1. Not differentiable.
Tensor ones(const Shape& shape, Dtype dtype = float32);

namespace detail {

/// a + b for two tensors of one spec. Differentiable.
Tensor add_gradients(const Tensor& a, const Tensor& b);

/// into += x, not recorded; specs are equal and `into` is dense.
void add_in_place(const Tensor& into, const Tensor& x);

}  // namespace detail
}  // namespace cinta
