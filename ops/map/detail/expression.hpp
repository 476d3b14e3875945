#pragma once
// Private to ops: formulas of elements and their derivatives.

#include <array>
#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/map/map.hpp>
#include <vector>

namespace cinta::detail {

/// A straight-line program in which every value is assigned once. Equal values are written down
/// once and numbers are folded; what no output needs is left to Program to drop.
class Expression {
 public:
  enum class Kind : std::uint8_t { input, number, function };
  struct Value {
    Kind kind;
    kernels::Function function;        // of a function
    std::array<int, 3> x = {0, 0, 0};  // its operands; of an input, its index in x[0]
    double number = 0;
  };

  explicit Expression(int inputs);

  int inputs() const { return inputs_; }
  const std::vector<Value>& values() const { return values_; }
  std::vector<int> outputs;

  Element value(int index) { return {this, index}; }
  /// The index of an element among the values; a number is written down for it.
  int place(Element element);

  /// f of as many elements as it takes; the others are ignored.
  static Element emit(kernels::Function f, Element a, Element b = 0, Element c = 0);
  static bool is_number(Element element) { return !element.expression_; }
  static bool is_number(Element element, double number) {
    return is_number(element) && element.number_ == number;
  }

 private:
  int add(const Value& value);

  int inputs_;
  std::vector<Value> values_;  // the inputs first
};

/// The derivatives of a expression y with respect to the inputs in `mask`, times dy: a expression
/// of y's inputs and, behind them, dy. outputs[i] is that of input i; -1 if it is not in `mask` or
/// 0 everywhere.
Expression differentiate(const Expression& expression, std::uint64_t mask);

}  // namespace cinta::detail
