#pragma once
// Another module with the same values.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/nn/module/module.hpp>
#include <concepts>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {
void copy_module(const Module& from, const Module& to, const Site& site);
}

/// A copy of a module's values in a module of its own, which `make` returns: a copy of a handle
/// would share the parameters, and only the caller knows how a class is made. Dtypes, modes and
/// what is frozen are copied too; gradients and hooks are not. Throws ValueError that lists names
/// and shapes that differ.
///
///     Net teacher = clone(student, [] { return Net(64); });
template <std::invocable Make>
auto clone(const Module& net, Make&& make, Site site = {}) {
  cinta::detail::check_not_empty("clone", "make", make, site);
  auto copy = make();
  detail::copy_module(net, copy, site);
  return copy;
}

}  // namespace cinta::nn
#pragma GCC visibility pop
