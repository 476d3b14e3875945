#pragma once
// All parameters of a module as one vector, for optimizers and statistics that think in vectors,
// and the second derivatives of a loss by them.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/functional.hpp>
#include <cinta/nn/parameters/functional_call.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// (n,): the elements of all parameters, in the order of named_parameters(), as a differentiable
/// function of them. Dtypes promote. Throws ValueError for a module without parameters.
Tensor parameters_to_vector(const Module& net, Site site = {});

/// The way back: parts of `vector` (n,) under the names, in the shapes and dtypes of the
/// parameters, for functional_call, from where gradients reach the vector. Throws ShapeError unless
/// it has as many elements as the parameters.
NamedTensors vector_to_parameters(const Module& net, const Tensor& vector, Site site = {});

/// (n, n): the second derivatives of loss(), one element that `net` is used for in any way, by the
/// vector of its parameters. Costs a backward through the gradient for each parameter.
template <std::invocable F>
Tensor hessian(const Module& net, F&& loss, FunctionalOptions options = {}, Site site = {}) {
  cinta::detail::check_not_empty("hessian", "loss", loss, site);
  return cinta::hessian(
      [&](const Tensor& vector) {
        return functional_call(net, vector_to_parameters(net, vector, site), loss, site);
      },
      parameters_to_vector(net, site).detach(), options, site);
}

/// (n,): that matrix times v (n,), for the cost of a few backwards.
template <std::invocable F>
Tensor hvp(const Module& net, F&& loss, const Tensor& v, FunctionalOptions options = {},
           Site site = {}) {
  cinta::detail::check_not_empty("hvp", "loss", loss, site);
  return cinta::hvp(
             [&](const Tensor& vector) {
               return functional_call(net, vector_to_parameters(net, vector, site), loss, site);
             },
             parameters_to_vector(net, site).detach(), v, options, site)
      .second;
}

}  // namespace cinta::nn
#pragma GCC visibility pop
