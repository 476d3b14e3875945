#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct LionOptions {
  double lr = 1e-4;
  double beta1 = 0.9;
  double beta2 = 0.99;
  double weight_decay = 0;  ///< decoupled: each step shrinks w by 1 - lr * weight_decay
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Lion (Chen et al. 2023): w = (1 - lr * weight_decay) * w - lr * sign(beta1 * mean + (1 - beta1)
/// * g), then mean = beta2 * mean + (1 - beta2) * g. Every element moves by lr, so that lr is 3 to
/// 10 times smaller than Adam's. Throws ValueError unless lr, weight_decay >= 0 and betas in [0,
/// 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class Lion : public GroupedOptimizer<LionOptions> {
 public:
  explicit Lion(const Parameters& parameters, LionOptions options = {}, Site site = {});
  ~Lion() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const LionOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
