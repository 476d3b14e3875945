#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdamaxOptions {
  double lr = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Adamax, Adam with the largest gradient in place of the second moment (Kingma & Ba 2015), as
/// PyTorch defines it: largest = max(beta2 * largest, |d| + eps), w -= lr / (1 - beta1^t) * mean /
/// largest. Throws ValueError unless lr, eps, weight_decay >= 0 and betas lie in [0, 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class Adamax : public GroupedOptimizer<AdamaxOptions> {
 public:
  explicit Adamax(const Parameters& parameters, AdamaxOptions options = {}, Site site = {});
  ~Adamax() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const AdamaxOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
