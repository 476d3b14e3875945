#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct RAdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;  ///< coupled unless decoupled_weight_decay
  bool decoupled_weight_decay = false;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// RAdam, Adam that does without second moments while too few of them make a variance (Liu et al.
/// 2020), as PyTorch defines it: the mean alone while rho_t <= 5, then Adam's step times the
/// rectification, with eps beside sqrt(square) before its bias correction. Throws ValueError unless
/// lr, eps, weight_decay >= 0 and betas lie in [0, 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class RAdam : public GroupedOptimizer<RAdamOptions> {
 public:
  explicit RAdam(const Parameters& parameters, RAdamOptions options = {}, Site site = {});
  ~RAdam() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const RAdamOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
