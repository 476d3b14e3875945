#pragma once
// The few operations that the engine itself needs; ops/ defines them.

#include <cinta/autograd/tape/node.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Sums `x` over the axes that broadcasting added or stretched, down to `shape`. Differentiable.
Tensor sum_to(const Tensor& x, const Shape& shape, Site site = {});

/// A dense copy in new memory. Differentiable.
Tensor clone(const Tensor& x, Site site = {});

/// All elements 1, or 0. Not differentiable.
Tensor ones(const Shape& shape, Dtype dtype = float32);
Tensor zeros(const Shape& shape, Dtype dtype = float32);

namespace detail {

/// a + b for two gradients of one spec, each dense or row-sparse. Differentiable.
Tensor add_gradients(const Tensor& a, const Tensor& b);

/// The rows, all of one spec, one after another in new memory of the given shape. Differentiable.
Tensor join_rows(const Tensors& rows, const Shape& shape);

/// View of the elements of `x` at `index` of its first axis, which stays with size 1.
/// Differentiable.
Tensor row(const Tensor& x, std::int64_t index);

/// into += x, not recorded; specs are equal, `into` is dense, x dense or row-sparse.
void add_in_place(const Tensor& into, const Tensor& x);

/// A node that makes `view` part of the graph of `base`, whose memory it shows. It asks the view
/// for its layout only.
Ref<Node> node_of_view(const Tensor& base, const Tensor& view);

/// A node that makes `base` the result of writing `view`, as it is now, into the former `base`.
Ref<Node> node_of_written(const Tensor& base, const Tensor& view, const Site& site);

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
