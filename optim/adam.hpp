#pragma once

#include <cinta/optim/optimizer.hpp>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AdamOptions {
  double lr = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
};

/// What Adam and AdamW share.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives (not what is elsewhere called sparse or lazy Adam): see LazyTable. Steps that
/// a row has missed are repeated when it is read, without coupled weight decay only until the
/// moments add nothing above rounding any more, some 400 steps with the default betas.
class AdamBase : public GroupedOptimizer<AdamOptions> {
 public:
  void add_group(const Tensors& parameters, AdamOptions options, Site site = {});
  void step(Site site = {}) override;
  /// lr: the gradient's size does not matter to Adam, so that no step size belongs to it.
  double step_size(std::size_t i) const override { return options_of(i).lr; }

 protected:
  AdamBase(const char* name, bool decoupled);
  ~AdamBase() override;

 private:
  struct Table;
  struct State {
    Tensor mean, square;
    std::int64_t count = 0;
    std::unique_ptr<Table> table;  // null until the first row-sparse gradient
  };
  const char* name_;
  bool decoupled_;
  std::vector<State> states_;
};

/// Adam (Kingma & Ba 2015) with bias correction. weight_decay is coupled: weight_decay * w is added
/// to the gradient and passes through the moments, so that it is no longer an exact shrinking.
/// Throws ValueError unless lr, eps, weight_decay >= 0 and betas lie in [0, 1).
class Adam : public AdamBase {
 public:
  explicit Adam(const Tensors& parameters, AdamOptions options = {}, Site site = {})
      : AdamBase("Adam", false) {
    add_group(parameters, options, site);
  }
};

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019): each step first shrinks w by
/// 1 - lr * weight_decay. The default weight_decay is 0 here, not PyTorch's 0.01: say what you
/// want.
class AdamW : public AdamBase {
 public:
  explicit AdamW(const Tensors& parameters, AdamOptions options = {}, Site site = {})
      : AdamBase("AdamW", true) {
    add_group(parameters, options, site);
  }
};

}  // namespace cinta::optim
#pragma GCC visibility pop
