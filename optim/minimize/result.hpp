#pragma once
// What every minimizer says at the end.

#include <cstdint>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::optim::minimize {

/// Why a minimizer stopped.
enum class Reason {
  gradient,    ///< the gradient is at most tolerance_grad
  change,      ///< the value changes by no more than tolerance_change
  step,        ///< the step is no longer than tolerance_step (least_squares)
  max_iter,    ///< as many iterations as allowed
  max_eval,    ///< as many evaluations as allowed
  callback,    ///< on_iteration returned false
  stalled,     ///< no step lowers the value: rounding, or a function whose gradient is not its own
  not_finite,  ///< the function or its gradient is NaN or infinite at the start
};

/// "the gradient is small enough"
const char* text_of(Reason reason);

/// How a minimization ended.
struct Result {
  double value = 0;  ///< of the function at the minimum, penalties of fista included
  /// The largest element of the gradient, without its sign. Of lbfgsb it is the gradient's part
  /// that bounds do not stop; of fista the step to be taken, divided by its length; of
  /// least_squares the gradient of half the sum of squares.
  double gradient_norm = 0;
  std::int64_t iterations = 0;
  std::int64_t evaluations = 0;  ///< runs of the function
  std::int64_t gradients = 0;    ///< how often its gradient was taken
  std::int64_t products = 0;     ///< with Jacobians and Hessians
  Reason reason = Reason::stalled;

  /// Whether a tolerance was met.
  bool converged() const {
    return reason == Reason::gradient || reason == Reason::change || reason == Reason::step;
  }
  /// "1.2e-17 after 36 iterations and 44 evaluations: the gradient is small enough"
  std::string str() const;
};

/// The same, of a function that was given its start: X is Tensor or Tensors.
template <class X>
struct Minimum : Result {
  X x = {};  ///< the minimum; new tensors that require no gradients
};

/// What is known after an iteration.
struct Progress {
  std::int64_t iteration;  ///< from 1
  std::int64_t evaluations;
  std::int64_t products;
  double value;
  double gradient_norm;
};

}  // namespace cinta::optim::minimize
#pragma GCC visibility pop
