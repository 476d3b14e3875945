#pragma once
// Private to ops: operations on tensors made from the table of functions.

#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/map/detail/program.hpp>
#include <optional>

namespace cinta::detail {

/// The rule of a function for its operand k, made from the slope in its row.
class FunctionRule {
 public:
  /// Operands that are given as numbers are no inputs of the operation. With `of_inputs` the rule
  /// computes the value again where its slope reads it.
  FunctionRule(kernels::Function f, int k, std::array<std::optional<double>, 3> numbers = {},
               bool of_inputs = false);

  /// What the rule reads.
  Save save() const { return save_; }
  Tensor operator()(const Grad& g) const;

  /// The one of a function of tensors alone.
  template <kernels::Function f, int k, bool of_inputs = false>
  static const FunctionRule& of() {
    static const FunctionRule rule(f, k, {}, of_inputs);
    return rule;
  }

 private:
  int inputs_ = 0;  // of the operation; behind them, the program's inputs are its output and dy
  Gradient gradient_;
  Save save_ = Save::nothing();
};

template <kernels::Function f>
Tensor unary(const char* name, const Tensor& x, const Site& site) {
  if (!x.defined()) check_defined({name, site}, {x});
  constexpr bool numeric = kernels::is_numeric(f);
  const bool fits = is_floating(x.dtype()) || (numeric && x.dtype() == int64);
  const Tensor converted = fits ? Tensor() : to(x, numeric ? int64 : float32, site);
  const Tensor& in = fits ? x : converted;
  return apply(
      {name, FunctionRule::of<f, 0>().save(), site}, {in}, in.spec(),
      [](const Inputs& inputs, const Tensor& y) { kernels::elementwise(f, y, inputs[0]); },
      [](const Grad& g) { return FunctionRule::of<f, 0>()(g); });
}

template <kernels::Function f>
Tensor binary(const char* name, const Operand& a, const Operand& b) {
  // Two bools count as integers, so that true + true is 2.
  const Converted in(name, a, b, kernels::is_numeric(f) ? int64 : float32);
  Save save = Save::nothing();
  if (in.a().requires_grad()) save = save | FunctionRule::of<f, 0>().save();
  if (in.b().requires_grad()) save = save | FunctionRule::of<f, 1>().save();
  return apply(
      {name, save, in.site()}, {in.a(), in.b()}, in.spec(),
      [](const Inputs& x, const Tensor& y) { kernels::elementwise(f, y, x[0], x[1]); },
      [](const Grad& g) { return FunctionRule::of<f, 0>()(g); },
      [](const Grad& g) { return FunctionRule::of<f, 1>()(g); });
}

}  // namespace cinta::detail
