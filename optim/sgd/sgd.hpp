#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  double l1 = 0;            ///< proximal: each step ends with a soft threshold
  bool nesterov = false;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Stochastic gradient descent as PyTorch defines it: d = g + weight_decay * w,
/// b = momentum * b + (1 - dampening) * d (b = d at first), w -= lr * b, or with Nesterov
/// w -= lr * (d + momentum * b). With l1, each element then moves towards zero by
/// lr * l1 and stays there if it arrives: the proximal step of l1 * ||w||_1, together with
/// weight_decay that of the elastic net. With momentum the way is
/// lr * l1 * (1 - dampening) / (1 - momentum), so that the minimum of loss and penalty is a fixed
/// point. Throws ValueError on negative options, on Nesterov without momentum or with dampening,
/// and on l1 with a momentum of 1 or more.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md. Any option may change between steps. What a row has
/// missed is one map, found in logarithmic time; only momentum together with l1 repeats the steps.
class SGD : public GroupedOptimizer<SGDOptions> {
 public:
  explicit SGD(const Parameters& parameters, SGDOptions options = {}, Site site = {});
  ~SGD() override;
  /// lr * (1 - dampening) / (1 - momentum): what the buffer makes of a steady gradient.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const SGDOptions& options) const override;
  void check_together(const SGDOptions& options, const Site& site) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
