#pragma once
// The gradient check for whole modules: their inputs and all their parameters, by name.

#include <cinta/autograd/check/gradients.hpp>
#include <cinta/nn/module/call.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {
GradientReport check_gradients(const Module& net, const cinta::detail::ListFunction& fn,
                               const Tensors& inputs, const GradientCheckOptions& options,
                               const Site& site);
}  // namespace detail

/// Checks the gradients of fn(inputs), which calls `net` in any way, with respect to the parameters
/// of `net` that are not frozen and to the inputs: those that require gradients, or all floating
/// ones if none does.
///
/// While it runs, parameters and buffers are float64 copies; afterwards the module's own values,
/// gradients, versions and dtypes are back, to the bit, and so is the default generator. `fn` gets
/// float64 copies of floating inputs; what it captures stays as it is, so hand over what has to
/// become float64. The mode stays: in training mode dropout draws the same mask each time. No
/// other thread may use the module meanwhile.
///
/// A report names "hidden.weight (3, 7)". Options, errors and what is compared: as
/// cinta::check_gradients, which takes random projections by itself where there are many
/// parameters.
///
///     CHECK(check_gradients(net, [&](const Tensors& in) {
///       return cross_entropy(net.forward(ids, in[0]), labels);
///     }, {x}));
template <TensorFunction F>
GradientReport check_gradients(const Module& net, F fn,
                               const cinta::detail::InputOf<F>& inputs = {},
                               GradientCheckOptions options = {}, Site site = {}) {
  return detail::check_gradients(net, cinta::detail::list_function("check_gradients", fn, site),
                                 cinta::detail::to_list(inputs), options, site);
}

/// The same for net.forward(inputs...) or net(inputs...): `check_gradients(net, {ids, x})`.
template <class M>
requires std::derived_from<std::remove_cvref_t<M>, Module> GradientReport
check_gradients(M&& net, const Tensors& inputs, GradientCheckOptions options = {}, Site site = {}) {
  const Site& here = SiteScope::resolve(site);
  return detail::check_gradients(
      net, [&](const Tensors& in) { return detail::call_with("check_gradients", net, in, here); },
      inputs, options, here);
}

}  // namespace cinta::nn
#pragma GCC visibility pop
