#pragma once
// Nonlinear least squares: Levenberg-Marquardt and Gauss-Newton.

#include <cinta/optim/minimize/function.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// Tolerances are those of SciPy's least_squares.
struct LeastSquaresOptions {
  enum class Method { levenberg_marquardt, gauss_newton };
  Method method = Method::levenberg_marquardt;
  std::int64_t max_iter = 1000;
  std::int64_t max_eval = 15000;
  double tolerance_grad = 1e-8;    ///< of the gradient's largest element
  double tolerance_change = 1e-8;  ///< of the value, relative to it
  double tolerance_step = 1e-8;    ///< of the step's length, relative to that of x
  double damping = 1e-3;           ///< at first; of Levenberg-Marquardt
  /// Up to as many variables the Jacobian is computed; above, the equations are solved by conjugate
  /// gradients with two products a step.
  std::int64_t max_dense = 500;
  std::int64_t max_cg = 250;  ///< steps of those
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes sum(r^2) / 2, where the function returns the residuals r in any shape. The result's
/// value is that half sum.
///
/// Levenberg-Marquardt takes the step p that minimizes |r + J p|^2 + mu |D p|^2, D the largest
/// norms that the columns of J have had (J. Moré, Lecture Notes in Mathematics 630, 1978), 1 for a
/// column of zeros, so that the unit of a variable does not matter; mu follows how well the linear
/// model foretold the value (H. Nielsen, report IMM-REP-1999-05). Gauss-Newton takes the one
/// with mu = 0, halved until the value falls enough; what J does not determine stays.
///
/// J is made of min(residuals, 2 variables) products at most: jvp, or vjp where there are fewer
/// residuals. Without J, the norms of its columns are estimated from four vjp.
Result least_squares(const Closure& residuals, const Parameters& parameters,
                     LeastSquaresOptions options = {}, Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> least_squares(F fn, const cinta::detail::InputOf<F>& start,
                                                 LeastSquaresOptions options = {}, Site site = {}) {
  return detail::minimum_of("least_squares", fn, start, &least_squares, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
