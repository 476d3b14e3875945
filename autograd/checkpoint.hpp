#pragma once
// checkpoint: compute again in backward what forward would have to keep.

#include <cinta/autograd/tensor.hpp>
#include <concepts>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta {

namespace detail {

/// A tensor and the line of the call that it is an argument of.
struct Located {
  Located(const Tensor& x, Site where = {}) : tensor(x), site(where) {}
  const Tensor& tensor;
  Site site;
};

Tensors checkpoint(std::function<Tensors(const Tensors&)> fn, const Tensors& inputs,
                   const Site& site);

/// checkpoint of a function that returns one Tensor or Tensors.
template <class F>
auto checkpoint_any(F fn, const Tensors& inputs, const Site& site) {
  if constexpr (std::same_as<std::invoke_result_t<F&, const Tensors&>, Tensors>)
    return checkpoint(std::function<Tensors(const Tensors&)>(std::move(fn)), inputs, site);
  else
    return checkpoint([fn = std::move(fn)](const Tensors& in) mutable { return Tensors{fn(in)}; },
                      inputs, site)[0];
}

}  // namespace detail

/// fn(inputs), which keeps for backward only the inputs and not what lies between: backward runs
/// `fn` a second time. Values and gradients are those of fn itself. One such call for every k
/// layers of a net of n keeps n / k inputs and, during backward, what belongs to k layers.
///
///     h = checkpoint([=](const Tensor& x) { return relu(layer(x)); }, h);
///     h = checkpoint([=](const Tensors& in) { return in[0] * tanh(in[1]); }, {a, b});
///
/// - `fn` takes Tensors in a list or one by one, returns a Tensor or Tensors, as checkpoint does
///   then, and must do the same both times. It lives until the graph goes: let it capture by value.
/// - Parameters and results of earlier operations that it captures get their gradients, too.
/// - Random numbers are those of the first time; the generator's state is untouched by the second.
/// - Works with backward and grad, create_graph, inside another checkpoint. Under NoGrad it is fn.
/// - An in-place write, between forward and backward, to an input or to a tensor that operations
///   of `fn` read throws GraphError in backward. What `fn` does under NoGrad, such as to update
///   running statistics, is not looked at and happens twice.
///
/// Throws ValueError for undefined inputs or an undefined result, GraphError if fn overwrites what
/// it read from outside, and in backward if fn does not do the same again.
template <class F>
requires std::invocable<F&, const Tensors&>
auto checkpoint(F fn, const Tensors& inputs, Site site = {}) {
  return detail::checkpoint_any(std::move(fn), inputs, site);
}

template <class F, std::same_as<Tensor>... More>
requires std::invocable<F&, const Tensor&, const More&...>
auto checkpoint(F fn, const detail::Located& x, const More&... more) {
  return detail::checkpoint_any(
      [fn = std::move(fn)](const Tensors& in) mutable {
        return [&]<std::size_t... I>(std::index_sequence<I...>) { return fn(in[I]...); }
        (std::make_index_sequence<1 + sizeof...(More)>());
      },
      {x.tensor, more...}, x.site);
}

}  // namespace cinta
#pragma GCC visibility pop
