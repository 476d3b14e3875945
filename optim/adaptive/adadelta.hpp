#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Adadelta (Zeiler 2012) as PyTorch defines it: square and moved are averages, with rho, of d^2
/// and of delta^2, delta = sqrt(moved + eps) / sqrt(square + eps) * d with the new square and the
/// old moved, w -= lr * delta. Throws ValueError unless lr, eps, weight_decay >= 0 and rho in [0,
/// 1).
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class Adadelta : public GroupedOptimizer<AdadeltaOptions> {
 public:
  explicit Adadelta(const Parameters& parameters, AdadeltaOptions options = {}, Site site = {});
  ~Adadelta() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const AdadeltaOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
