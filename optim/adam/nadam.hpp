#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct NAdamOptions {
  double lr = 2e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;  ///< coupled unless decoupled_weight_decay
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// NAdam, Adam with Nesterov's momentum (Dozat 2016), as PyTorch defines it: with
/// mu_t = beta1 * (1 - 0.96^(t * momentum_decay) / 2) a step moves w by
/// lr * ((1 - mu_t) / (1 - mu_1 ... mu_t) * g + mu_(t+1) / (1 - mu_1 ... mu_(t+1)) * mean) over
/// sqrt(square / (1 - beta2^t)) + eps. Throws ValueError unless lr, eps, weight_decay >= 0 and
/// betas lie in [0, 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class NAdam : public GroupedOptimizer<NAdamOptions> {
 public:
  explicit NAdam(const Parameters& parameters, NAdamOptions options = {}, Site site = {});
  ~NAdam() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const NAdamOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
