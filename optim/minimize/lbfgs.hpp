#pragma once
// Limited-memory BFGS: for smooth functions of any number of variables.

#include <cinta/optim/minimize/function.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// Names are those of torch.optim.LBFGS, tolerances those of SciPy's L-BFGS-B.
struct LbfgsOptions {
  std::int64_t max_iter = 15000;
  std::int64_t max_eval = 15000;
  double tolerance_grad = 1e-5;       ///< of the gradient's largest element
  double tolerance_change = 2.2e-9;   ///< of the value, relative to max(|value|, 1)
  std::int64_t history_size = 10;     ///< steps to remember
  std::int64_t max_line_search = 20;  ///< evaluations of a step
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes by steps along -H g, where H is an estimate of the inverse Hessian from the last steps
/// (J. Nocedal, "Updating quasi-Newton matrices with limited storage", Mathematics of Computation
/// 35, 1980), with lengths that meet the strong Wolfe conditions. Steps along which the gradient
/// does not grow are not remembered; where the direction leads nowhere, all are forgotten, and
/// steepest descent is tried before it gives up.
Result lbfgs(const Closure& loss, const Parameters& parameters, LbfgsOptions options = {},
             Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> lbfgs(F fn, const cinta::detail::InputOf<F>& start,
                                         LbfgsOptions options = {}, Site site = {}) {
  return detail::minimum_of("lbfgs", fn, start, &lbfgs, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
