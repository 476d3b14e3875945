#pragma once
// Newton's method with Hessian-vector products: for smooth functions, convex or not.

#include <cinta/optim/minimize/function.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// Defaults are those of SciPy's trust-ncg.
struct NewtonCgOptions {
  std::int64_t max_iter = 15000;
  std::int64_t max_eval = 15000;
  double tolerance_grad = 1e-4;  ///< of the gradient's largest element
  double tolerance_change = 0;   ///< of the value, relative to max(|value|, 1); 0: never
  double initial_trust_radius = 1;
  double max_trust_radius = 1000;
  double eta = 0.15;          ///< share of the promised decrease with which a step is taken
  std::int64_t max_cg = 250;  ///< products for a step
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes by steps to the minimum of the quadratic model in a ball, its trust region, which
/// grows and shrinks as the model proves right or wrong. The model is minimized by conjugate
/// gradients, which go on to the edge of the ball where the curvature is negative (T. Steihaug,
/// SIAM J. Numerical Analysis 20, 1983). A product with the Hessian is one backward through the
/// recorded gradient; every operation's rules can be differentiated. A step that is not taken costs
/// an evaluation and a gradient more, because its evaluation has overwritten what was recorded.
Result newton_cg(const Closure& loss, const Parameters& parameters, NewtonCgOptions options = {},
                 Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> newton_cg(F fn, const cinta::detail::InputOf<F>& start,
                                             NewtonCgOptions options = {}, Site site = {}) {
  return detail::minimum_of("newton_cg", fn, start, &newton_cg, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
