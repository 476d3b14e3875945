#pragma once
// Calling any module: what Sequential, checks and functional calls do with modules of the user's.

#include <cinta/nn/module/module.hpp>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

template <class M, class... T>
concept HasForward = requires(M& net, const T&... x) {
  net.forward(x...);
};
template <class M, class... T>
concept HasCall = requires(M& net, const T&... x) {
  net(x...);
};

/// Whether a module can be called with as many tensors.
template <class M, class... T>
concept ModuleOf = std::derived_from<M, Module> &&(HasForward<M, T...> || HasCall<M, T...>);

struct ModuleCaller {
  template <class M, std::same_as<Tensor>... T>
  static auto call(M& net, const Site& site, const T&... x) {
    if constexpr (HasForward<M, T...>) {
      const Module::Call call(net, site);
      return call([&](const T&... in) { return net.forward(in...); }, x...);
    } else if constexpr (requires { net(x..., site); }) {
      return net(x..., site);
    } else {
      const SiteScope scope(SiteScope::resolve(site));
      return net(x...);
    }
  }
};

[[noreturn]] void refuse_inputs(const char* who, std::size_t count, const Site& site);

/// call(net, inputs...), whose results are listed. `who` throws ValueError if the module does not
/// take so many tensors.
template <class M, class... T>
Tensors call_with(const char* who, M& net, const Tensors& inputs, const Site& site,
                  const T&... taken) {
  if (sizeof...(T) == inputs.size()) {
    if constexpr (ModuleOf<M, T...>) return tensors_of(ModuleCaller::call(net, site, taken...));
  } else if constexpr (sizeof...(T) < 8) {
    return call_with(who, net, inputs, site, taken..., inputs[sizeof...(T)]);
  }
  refuse_inputs(who, inputs.size(), site);
}

}  // namespace detail

/// net.forward(x), or net(x) where there is no forward. Around a forward of your own it does what
/// the library's layers do by themselves: hooks run, and messages have the module's path.
template <detail::ModuleOf<Tensor> M>
auto call(M& net, const Tensor& x, Site site = {}) {
  return detail::ModuleCaller::call(net, site, x);
}
template <detail::ModuleOf<Tensor, Tensor> M>
auto call(M& net, const Tensor& x, const Tensor& y, Site site = {}) {
  return detail::ModuleCaller::call(net, site, x, y);
}
template <detail::ModuleOf<Tensor, Tensor, Tensor> M>
auto call(M& net, const Tensor& x, const Tensor& y, const Tensor& z, Site site = {}) {
  return detail::ModuleCaller::call(net, site, x, y, z);
}

}  // namespace cinta::nn
#pragma GCC visibility pop
