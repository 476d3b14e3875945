#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;               ///< coupled: added to the gradient as weight_decay * w
  double initial_accumulator_value = 0;  ///< of the sums, when a parameter makes its first step
  double eps = 1e-10;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Adagrad (Duchi, Hazan & Singer 2011) as PyTorch defines it: d = g + weight_decay * w,
/// sum += d * d, w -= lr / (1 + (t - 1) * lr_decay) * d / (sqrt(sum) + eps) in a parameter's step t
/// from 1. Throws ValueError on negative options.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md. Without weight decay other rows do not change at all;
/// with it, the steps that a row has missed are repeated when it is read.
class Adagrad : public GroupedOptimizer<AdagradOptions> {
 public:
  explicit Adagrad(const Parameters& parameters, AdagradOptions options = {}, Site site = {});
  ~Adagrad() override;
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const AdagradOptions& options) const override;
};

/// Adagrad with one sum for each row (of the first axis), of the mean of its squared gradients, as
/// is common for large tables: the memory of a column. Otherwise as above.
class RowwiseAdagrad : public GroupedOptimizer<AdagradOptions> {
 public:
  explicit RowwiseAdagrad(const Parameters& parameters, AdagradOptions options = {},
                          Site site = {});
  ~RowwiseAdagrad() override;
  double step_size(std::size_t i) const override;

 protected:
  Tensor update(ParameterStep& step, const AdagradOptions& options) const override;
  Spec state_spec(std::size_t i, std::size_t which) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
