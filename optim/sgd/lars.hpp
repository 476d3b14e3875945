#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct LARSOptions {
  double lr = 0.1;
  double momentum = 0.9;
  double weight_decay = 0;  ///< coupled: added to the gradient as weight_decay * w
  double trust_coefficient = 1e-3;
  double eps = 0;
  bool nesterov = false;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// LARS (You, Gitman & Ginsburg 2017), SGD for large batches: d = g + weight_decay * w, scaled by
/// trust_coefficient * ||w|| / (||d|| + eps), or by 1 where one of the norms is 0; then
/// b = momentum * b + lr * d and w -= b, or with Nesterov w -= lr * d + momentum * b. The norm is
/// that of the sum, as in optax, where the paper has the sum of the norms. Norms are of the whole
/// parameter, so that row-sparse gradients are refused. Throws ValueError for negative options.
class LARS : public GroupedOptimizer<LARSOptions> {
 public:
  explicit LARS(const Parameters& parameters, LARSOptions options = {}, Site site = {});
  ~LARS() override;

 protected:
  Tensor update(ParameterStep& step, const LARSOptions& options) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
