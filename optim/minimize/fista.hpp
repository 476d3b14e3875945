#pragma once
// FISTA: a smooth function plus penalties with exact zeros, and constraints.

#include <cinta/optim/minimize/function.hpp>
#include <cinta/optim/wrap/proximal.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

struct FistaOptions {
  ProximalOptions penalty = {};  ///< g, and constraints
  std::string penalized = "*";   ///< the parameters that it is for, by name; others are free
  std::int64_t max_iter = 100000;
  std::int64_t max_eval = 200000;
  double tolerance_grad = 1e-8;  ///< of the step's largest element, divided by the step length
  double tolerance_change = 0;   ///< of the value, relative to max(|value|, 1); 0: never
  double step = 1;               ///< length to begin with; it is fitted to the curvature
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes f + g, f the function, g the penalty, by accelerated proximal gradient steps (A. Beck,
/// M. Teboulle, SIAM J. Imaging Sciences 2, 2009). The step length is halved where f curves more
/// than it allows for, and grows by a tenth in each step (S. Becker, E. Candès, M. Grant,
/// Mathematical Programming Computation 3, 2011). Momentum is dropped where it points uphill
/// or the value would rise (B. O'Donoghue, E. Candès, Foundations of Computational Mathematics 15,
/// 2015).
///
///     Minimum<Tensor> lasso = fista(
///         [&](const Tensor& w) { return sum(square(matmul(x, w) - y)) / (2 * rows); },
///         zeros({10}, float64), {.penalty = {.l1 = 0.1}});
///
/// The result's value is that of f + g. Zeros are exact, and constraints hold exactly; f is also
/// asked for points outside of them. Throws ValueError besides for terms that have no exact step
/// together (see Proximal) and for a name that fits no parameter.
Result fista(const Closure& loss, const Parameters& parameters, FistaOptions options = {},
             Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> fista(F fn, const cinta::detail::InputOf<F>& start,
                                         FistaOptions options = {}, Site site = {}) {
  return detail::minimum_of("fista", fn, start, &fista, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
