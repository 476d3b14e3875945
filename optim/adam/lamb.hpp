#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct LAMBOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-6;
  double weight_decay = 0;  ///< added to the direction, before its norm is taken
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// LAMB (You et al. 2020), Adam for large batches: r = Adam's direction, bias corrections included,
/// plus weight_decay * w; w -= lr * ||w|| / ||r|| * r, with the ratio 1 where one of the norms is
/// 0. Norms are of the whole parameter, so that row-sparse gradients are refused. Throws ValueError
/// unless lr, eps, weight_decay >= 0 and betas lie in [0, 1).
class LAMB : public GroupedOptimizer<LAMBOptions> {
 public:
  explicit LAMB(const Parameters& parameters, LAMBOptions options = {}, Site site = {});
  ~LAMB() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const LAMBOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
