#pragma once
// What minimizers are given: a function of tensors and a start, or a closure and the tensors that
// it reads.

#include <cinta/autograd/callable.hpp>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/optim/minimize/result.hpp>
#include <cinta/optim/option.hpp>
#include <cinta/optim/parameters.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

// What all minimizers share. They come in two forms:
//
//     Minimum<Tensor> m = lbfgs([](const Tensor& x) { return sum(square(x - 1)); }, start);
//     Result r = lbfgs([&] { return mse_loss(net.forward(x), y); }, net);
//
// A function is given its start, which stays as it is, and m.x is the minimum. A closure takes
// nothing and reads the parameters, leaves that require gradients; they are moved to the minimum in
// place. Both return the value, without backward(); gradients of leaves stay as they are. It has to
// be the same function each time: the whole batch, and no new dropout masks.
//
// Elements are float32 or float64; vectors in between are float64. Trial points where the function
// or its gradient is NaN or infinite are stepped back from. What the function or on_iteration
// throws passes through; a closure's parameters are at the last iterate then, as they are within
// on_iteration. No value ever ends above the start's by more than its rounding.
//
// Throw ValueError for an option out of its range, a parameter that is undefined, not dense or
// given twice, and for no parameters; GraphError for one that is not a leaf that requires
// gradients, and for a function that depends on none; DtypeError for one that is not floating;
// ShapeError for a result of more than one element.

/// The value, computed from tensors that the closure knows.
using Closure = std::function<Tensor()>;

/// Runs after every iteration; false ends the minimization.
using OnIteration = std::function<bool(const Progress&)>;

namespace detail {

/// Copies that require gradients. Throws ValueError or DtypeError in the name of `who`.
Tensors leaves_like(const char* who, const Tensors& start, const Site& site);

/// A minimizer of closures, applied to a function.
template <class F, class Options>
Minimum<cinta::detail::InputOf<F>> minimum_of(const char* who, F& fn,
                                              const cinta::detail::InputOf<F>& start,
                                              Result (*minimizer)(const Closure&, const Parameters&,
                                                                  Options, Site),
                                              Options options, const Site& site) {
  static_assert(std::is_same_v<cinta::detail::OutputOf<F>, Tensor>, "fn returns one Tensor");
  cinta::detail::check_not_empty(who, "fn", fn, site);
  Tensors x = leaves_like(who, cinta::detail::to_list(start), site);
  cinta::detail::check_count<F>(who, x.size(), site);
  Minimum<cinta::detail::InputOf<F>> minimum{
      minimizer([&] { return cinta::detail::call_function(fn, x); }, x, std::move(options), site)};
  for (Tensor& each : x) each.requires_grad_(false);
  minimum.x = cinta::detail::from_list<cinta::detail::InputOf<F>>(std::move(x));
  return minimum;
}

}  // namespace detail
}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
