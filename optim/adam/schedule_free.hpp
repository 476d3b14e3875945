#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct ScheduleFreeAdamWOptions {
  double lr = 2.5e-3;
  double beta1 = 0.9;  ///< how near gradients are taken to the average; not 0
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;     ///< at the point where the gradient is taken
  double warmup_steps = 0;     ///< lr grows in so many steps
  double r = 0;                ///< step t has the weight t^r in the average
  double weight_lr_power = 2;  ///< and this power of the largest lr so far
  bool maximize = false;       ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// AdamW without a schedule (Defazio et al. 2024), as its authors' reference computes it. There are
/// three sequences: z, which Adam's steps move; x, the weighted average of z, to be evaluated and
/// saved; and y between the two, where gradients are taken. The parameters are y, and with eval()
/// x, until train(), which brings y back to the bit. A state holds all of it and the mode. There is
/// no bias correction of the first moment, which beta1 takes the place of. Throws ValueError for
/// options out of range, and for a step while the parameters are x.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class ScheduleFreeAdamW : public GroupedOptimizer<ScheduleFreeAdamWOptions> {
 public:
  explicit ScheduleFreeAdamW(const Parameters& parameters, ScheduleFreeAdamWOptions options = {},
                             Site site = {});
  ~ScheduleFreeAdamW() override;
  /// lr: the gradient's size does not matter, so that no step size belongs to it.
  double step_size(std::size_t i) const override;
  void step(Site site = {}) override;
  void eval(Site site = {}) override;
  void train(Site site = {}) override;
  bool is_training() const { return training_; }

  State state_dict() const override;
  std::function<void()> prepare_load(const State& state, Site site = {}) override;

 protected:
  Tensor update(ParameterStep& step, const ScheduleFreeAdamWOptions& options) const override;
  void check_together(const ScheduleFreeAdamWOptions& options, const Site& site) const override;

 private:
  bool training_ = true;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
