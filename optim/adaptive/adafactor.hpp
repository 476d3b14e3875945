#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdafactorOptions {
  double lr = 1e-2;
  double beta2_decay = -0.8;
  double eps1 = 0;          ///< least root of the second moments; 0 stands for the dtype's epsilon
  double eps2 = 1e-3;       ///< least size that a parameter is taken for
  double d = 1;             ///< largest root mean square of a step
  double weight_decay = 0;  ///< decoupled: each step shrinks w by 1 - lr * weight_decay
  bool maximize = false;    ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Adafactor (Shazeer & Stern 2018) as PyTorch defines it: second moments of matrices are kept as
/// those of rows and of columns (of the last two axes), of which an estimate for each element is
/// made; with 1 - t^beta2_decay in place of beta2. The update u = g / max(sqrt(estimate), eps1) is
/// divided by max(1, rms(u) / d), and w -= max(eps2, rms(w)) * min(lr, 1 / sqrt(t)) * u: lr is
/// relative to the parameter, and weights of 0 move by eps2. Means are of whole rows and columns,
/// so that row-sparse gradients are refused. Throws ValueError for options out of range.
class Adafactor : public GroupedOptimizer<AdafactorOptions> {
 public:
  explicit Adafactor(const Parameters& parameters, AdafactorOptions options = {}, Site site = {});
  ~Adafactor() override;

 protected:
  Tensor update(ParameterStep& step, const AdafactorOptions& options) const override;
  Spec state_spec(std::size_t i, std::size_t which) const override;
  void check_together(const AdafactorOptions& options, const Site& site) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
