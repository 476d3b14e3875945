#pragma once
// A module called with other tensors in the place of its parameters and buffers.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/nn/module/call.hpp>
#include <concepts>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

/// While it lives, the named parameters and buffers of a module are the given tensors.
class FunctionalCall {
 public:
  FunctionalCall(const Module& module, const NamedTensors& tensors, const Site& site);
  ~FunctionalCall();
  FunctionalCall(const FunctionalCall&) = delete;
  FunctionalCall& operator=(const FunctionalCall&) = delete;

  /// A result for use after the call.
  static Tensor lasting(const Tensor& result);

 private:
  cinta::detail::Substitution* places_ = nullptr;  // owned; complete in functional_call.cpp alone
};

}  // namespace detail

/// Runs fn(), which uses `net` in any way, with the given tensors in the place of the parameters
/// and buffers of those names (dotted paths, as in named_parameters). The others are the module's
/// own. Gradients go to the given tensors, which may be results of operations: hypernetworks,
/// learning to learn, derivatives of any order with respect to parameters.
///
///     Tensor y = functional_call(net, {{"hidden.weight", w}}, [&] { return net.forward(x); });
///
/// What fn writes to a buffer in place, running statistics say, goes into the given one. A tensor
/// that the module has under two names is given under one of them, or is the same under both. No
/// other thread may use the module meanwhile. Throws ValueError that lists names that the module
/// does not have, undefined tensors and other shapes; other floating dtypes are allowed.
template <std::invocable F>
auto functional_call(const Module& net, const NamedTensors& tensors, F&& fn, Site site = {}) {
  cinta::detail::check_not_empty("functional_call", "fn", fn, site);
  const detail::FunctionalCall places(net, tensors, site);
  auto result = fn();
  if constexpr (std::is_same_v<decltype(result), Tensor>)
    return detail::FunctionalCall::lasting(result);
  else if constexpr (std::is_same_v<decltype(result), Tensors>) {
    for (Tensor& y : result) y = detail::FunctionalCall::lasting(y);
    return result;
  } else
    return result;
}

/// The same for call(net, x).
template <detail::ModuleOf<Tensor> M>
auto functional_call(M& net, const NamedTensors& tensors, const Tensor& x, Site site = {}) {
  return functional_call(
      static_cast<const Module&>(net), tensors, [&] { return call(net, x, site); }, site);
}

}  // namespace cinta::nn
#pragma GCC visibility pop
