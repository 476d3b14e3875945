#pragma once
// L-BFGS-B: limited-memory BFGS between bounds.

#include <cinta/optim/minimize/function.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// A limit for every element: one number, one tensor, or a tensor for each parameter, whose shapes
/// broadcast to theirs. An undefined tensor is no limit.
class Bound {
 public:
  Bound(double number) : number_(number) {}
  Bound(const Tensor& tensor);
  Bound(Tensors tensors);

  double number() const { return number_; }
  /// Empty if it is a number.
  const Tensors& tensors() const { return tensors_; }

 private:
  double number_ = 0;
  Tensors tensors_ = {};
};

/// Names are those of torch.optim.LBFGS, defaults those of SciPy's L-BFGS-B.
struct LbfgsbOptions {
  Bound low = -__builtin_inf();
  Bound high = __builtin_inf();
  std::int64_t max_iter = 15000;
  std::int64_t max_eval = 15000;
  double tolerance_grad = 1e-5;       ///< of the largest element of the projected gradient
  double tolerance_change = 2.2e-9;   ///< of the value, relative to max(|value|, 1)
  std::int64_t history_size = 10;     ///< steps to remember
  std::int64_t max_line_search = 20;  ///< evaluations of a step
  OnIteration on_iteration = {};

  static std::span<const OptionField> fields();
};

/// Minimizes within low <= x <= high. The quadratic model of the last steps is followed along the
/// gradient, bent at the bounds, to its first minimum; what is free there goes on to the minimum of
/// the model, projected onto the bounds (R. Byrd, P. Lu, J. Nocedal, C. Zhu, SIAM J. Scientific
/// Computing 16, 1995; J. Morales, J. Nocedal, ACM TOMS 38, 2011).
///
/// The function sees no point outside the bounds, not by rounding either; a start outside is moved
/// onto them. Of float32 parameters the bounds are rounded inwards. Throws ValueError besides for a
/// NaN, low above high, and for a number of tensors that is not that of the parameters; ShapeError
/// for one that does not broadcast.
Result lbfgsb(const Closure& loss, const Parameters& parameters, LbfgsbOptions options = {},
              Site site = {});
template <TensorFunction F>
Minimum<cinta::detail::InputOf<F>> lbfgsb(F fn, const cinta::detail::InputOf<F>& start,
                                          LbfgsbOptions options = {}, Site site = {}) {
  return detail::minimum_of("lbfgsb", fn, start, &lbfgsb, options, site);
}

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
