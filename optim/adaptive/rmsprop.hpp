#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  double momentum = 0;
  bool centered = false;  ///< divide by the deviation, not by the root of the second moment
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// RMSprop (Hinton 2012) as PyTorch defines it: square is the average, with alpha, of d^2, and
/// w -= lr * d / (sqrt(square) + eps); centred, the square of the gradient's average is subtracted
/// first (Graves 2013), though what rounding hides of the variance is left, where PyTorch's becomes
/// NaN; with momentum, buffer = momentum * buffer + d / (...) and w -= lr * buffer.
/// Throws ValueError unless lr, eps, weight_decay, momentum >= 0 and alpha in [0, 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class RMSprop : public GroupedOptimizer<RMSpropOptions> {
 public:
  explicit RMSprop(const Parameters& parameters, RMSpropOptions options = {}, Site site = {});
  ~RMSprop() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const RMSpropOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
