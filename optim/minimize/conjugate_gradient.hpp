#pragma once
// Nonlinear conjugate gradients: for smooth functions, with three vectors of memory.

#include <cinta/optim/minimize/function.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// How much of the last direction is kept.
enum class Conjugate {
  polak_ribiere,  ///< never less than nothing: PR+, as SciPy's
  hager_zhang,    ///< as in their CG_DESCENT
};

/// Defaults are those of SciPy's CG.
struct ConjugateGradientOptions {
  Conjugate formula = Conjugate::polak_ribiere;
  std::int64_t max_iter = 15000;
  std::int64_t max_eval = 100000;
  double tolerance_grad = 1e-5;       ///< of the gradient's largest element
  double tolerance_change = 0;        ///< of the value, relative to max(|value|, 1); 0: never
  std::int64_t max_line_search = 50;  ///< evaluations of a step
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes along directions of which each is the gradient, downwards, and a share of the one
/// before (J. Gilbert, J. Nocedal, SIAM J. Optimization 2, 1992; W. Hager, H. Zhang, SIAM J.
/// Optimization 16, 2005), with lengths that meet the strong Wolfe conditions with curvature 0.4.
/// Begins again with the gradient where a direction does not lead downwards.
Result conjugate_gradient(const Closure& loss, const Parameters& parameters,
                          ConjugateGradientOptions options = {}, Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> conjugate_gradient(F fn, const cinta::detail::InputOf<F>& start,
                                                      ConjugateGradientOptions options = {},
                                                      Site site = {}) {
  return detail::minimum_of("conjugate_gradient", fn, start, &conjugate_gradient, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
