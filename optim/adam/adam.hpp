#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;   ///< divide by the largest second moment so far (Reddi et al. 2018)
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// What Adam and AdamW share.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives (not what is elsewhere called sparse or lazy Adam): see docs/design.md. Steps
/// that a row has missed are repeated when it is read, without coupled weight decay only until the
/// moments add nothing above rounding any more, some 400 steps with the default betas.
class AdamBase : public GroupedOptimizer<AdamOptions> {
 public:
  /// lr: the gradient's size does not matter to Adam, so that no step size belongs to it.
  double step_size(std::size_t i) const override;

 protected:
  AdamBase(const char* name, bool decoupled);
  Tensor update(ParameterStep& step, const AdamOptions& options) const override;

 private:
  bool decoupled_;
};

/// Adam (Kingma & Ba 2015) with bias correction, as PyTorch defines it: eps is added to the root.
/// weight_decay is coupled: weight_decay * w is added to the gradient and passes through the
/// moments, so that it is no longer an exact shrinking. Throws ValueError unless lr, eps,
/// weight_decay >= 0 and betas lie in [0, 1).
class Adam : public AdamBase {
 public:
  explicit Adam(const Parameters& parameters, AdamOptions options = {}, Site site = {});
  ~Adam() override;
};

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019): each step first shrinks w by
/// 1 - lr * weight_decay, so that a schedule of lr scales the decay too. The default weight_decay
/// is 0 here, not PyTorch's 0.01: say what you want.
class AdamW : public AdamBase {
 public:
  explicit AdamW(const Parameters& parameters, AdamOptions options = {}, Site site = {});
  ~AdamW() override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
