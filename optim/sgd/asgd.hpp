#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct ASGDOptions {
  double lr = 1e-2;
  double lambd = 1e-4;      ///< shrinks w by 1 - lambd * eta
  double alpha = 0.75;      ///< power with which eta falls
  double t0 = 1e6;          ///< the step after which averaging starts
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Averaged SGD (Polyak & Juditsky 1992) as PyTorch defines it: w = (1 - lambd * eta) * w - eta *
/// d, with eta = lr at first and lr / (1 + lambd * lr * t)^alpha after step t; beside it the
/// average of w over all steps after t0, before that w itself. Throws ValueError for negative
/// options.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class ASGD : public GroupedOptimizer<ASGDOptions> {
 public:
  explicit ASGD(const Parameters& parameters, ASGDOptions options = {}, Site site = {});
  ~ASGD() override;
  /// The average of parameter `i`, a copy; the parameter itself before its first step.
  Tensor average(std::size_t i) const;

 protected:
  Tensor update(ParameterStep& step, const ASGDOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
