#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct FTRLOptions {
  double lr = 0.1;  ///< alpha in the paper
  double beta = 1;
  double l1 = 0;
  double l2 = 0;                         ///< of the penalty l2 / 2 * w^2
  double initial_accumulator_value = 0;  ///< of n, when a parameter makes its first step
  bool maximize = false;                 ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// FTRL-proximal (McMahan et al. 2013), for sparse linear models: z += g - (sqrt(n + g^2) -
/// sqrt(n)) / lr * w, n += g^2, and w is exactly 0 where |z| <= l1, else
/// -(z - sign(z) * l1) / ((beta + sqrt(n)) / lr + l2). z starts where the first weights are what it
/// gives for n as it is then, so that an element whose gradient is 0 stays. Throws ValueError
/// unless lr > 0 and the others >= 0.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: a row without gradients is a function of its z and n and of the options of
/// the last step, so that one step at the end serves for all.
class FTRL : public GroupedOptimizer<FTRLOptions> {
 public:
  explicit FTRL(const Parameters& parameters, FTRLOptions options = {}, Site site = {});
  ~FTRL() override;

 protected:
  Tensor update(ParameterStep& step, const FTRLOptions& options) const override;
  void check_together(const FTRLOptions& options, const Site& site) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
