#pragma once
// checkpoint: compute again in backward what forward would have to keep.

#include <cinta/autograd/callable.hpp>

#pragma GCC visibility push(default)
namespace cinta {

namespace detail {

Tensors checkpoint(std::function<Tensors(const Tensors&)> fn, const Tensors& inputs,
                   const Site& site);

}  // namespace detail

/// fn(inputs), which keeps for backward only the inputs and not what lies between: backward runs
/// `fn` a second time. Values and gradients are those of fn itself. One such call for every k
/// layers of a net of n keeps n / k inputs and, during backward, what belongs to k layers.
///
///     h = checkpoint([=](const Tensor& x) { return relu(layer(x)); }, h);
///     h = checkpoint([=](const Tensor& u, const Tensor& v) { return u * tanh(v); }, {a, b});
///
/// - `fn` is a function of one tensor, of several or of a list that returns one or a list
///   (autograd/callable.hpp), as checkpoint does then, and must do the same both times. It lives
///   until the graph goes: let it capture by value.
/// - Parameters and results of earlier operations that it captures get their gradients, too.
/// - Random numbers are those of the first time; the generator's state is untouched by the second.
/// - Works with backward and grad, create_graph, inside another checkpoint. Under NoGrad it is fn.
/// - An in-place write, between forward and backward, to an input or to a tensor that operations
///   of `fn` read throws GraphError in backward. What `fn` does under NoGrad is not looked at and
///   happens twice; but running statistics and spectral_norm's vectors move in the first run alone.
///
/// Throws ValueError for undefined inputs or an undefined result, GraphError if fn overwrites what
/// it read from outside, and in backward if fn does not do the same again.
template <TensorFunction F>
detail::OutputOf<F> checkpoint(F fn, const detail::InputOf<F>& inputs, Site site = {}) {
  detail::check_not_empty("checkpoint", "fn", fn, site);
  const Tensors list = detail::to_list(inputs);
  detail::check_count<F>("checkpoint", list.size(), site);
  return detail::from_list<detail::OutputOf<F>>(detail::checkpoint(
      [fn = std::move(fn)](const Tensors& in) mutable {
        return detail::to_list(detail::call_function(fn, in));
      },
      list, site));
}

}  // namespace cinta
#pragma GCC visibility pop
