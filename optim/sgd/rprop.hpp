#pragma once

#include <cinta/optim/optimizer.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct RpropOptions {
  double lr = 1e-2;  ///< the first step of every element
  double eta_minus = 0.5;
  double eta_plus = 1.2;
  double step_min = 1e-6;
  double step_max = 50;
  bool maximize = false;  ///< climbs: the gradient's sign turns, before weight decay

  static std::span<const OptionField> fields();
};

/// Rprop (Riedmiller & Braun 1993) as PyTorch defines it: each element has a step of its own, which
/// grows by eta_plus while its gradient keeps its sign and shrinks by eta_minus when it turns; then
/// the element waits for one step. For full batches: signs of noise say nothing. Throws ValueError
/// for a factor outside its range and unless step_min <= step_max.
///
/// With a row-sparse gradient a step costs the rows that it has, and gives what the dense
/// computation gives: see docs/design.md.
class Rprop : public GroupedOptimizer<RpropOptions> {
 public:
  explicit Rprop(const Parameters& parameters, RpropOptions options = {}, Site site = {});
  ~Rprop() override;

 protected:
  Tensor update(ParameterStep& step, const RpropOptions& options) const override;
  void check_together(const RpropOptions& options, const Site& site) const override;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
