#pragma once
// Private to ops: operations on tensors made from the table of functions.

#include <atomic>
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

  /// The one of a function of tensors alone. It is made once and stays.
  static const FunctionRule& of(kernels::Function f, int k, bool of_inputs = false) {
    const FunctionRule* rule = made_[int(f)][k][of_inputs].load(std::memory_order_acquire);
    return rule ? *rule : make(f, k, of_inputs);
  }

 private:
  static const FunctionRule& make(kernels::Function f, int k, bool of_inputs);
  static std::atomic<const FunctionRule*> made_[int(kernels::Function::count)][kernels::max_inputs]
                                               [2];

  int inputs_ = 0;  // of the operation; behind them, the program's inputs are its output and dy
  Gradient gradient_;
  Save save_ = Save::nothing();
};

/// The operation of a function of one or two tensors.
Tensor unary(kernels::Function f, const char* name, const Tensor& x, const Site& site);
Tensor binary(kernels::Function f, const char* name, const Operand& a, const Operand& b);

}  // namespace cinta::detail
