#pragma once
// Private to ops: formulas of elements, their derivatives, and the code that computes them.

#include <array>
#include <atomic>
#include <cinta/ops/kernels/elementwise.hpp>
#include <cinta/ops/map.hpp>
#include <vector>

namespace cinta::detail {

/// A straight-line program in which every value is assigned once. Equal values are written down
/// once and numbers are folded; what no output needs is left to Program to drop.
class Formula {
 public:
  enum class Kind : std::uint8_t { input, number, function };
  struct Value {
    Kind kind;
    kernels::Function function;        // of a function
    std::array<int, 3> x = {0, 0, 0};  // its operands; of an input, its index in x[0]
    double number = 0;
  };

  explicit Formula(int inputs);

  int inputs() const { return inputs_; }
  const std::vector<Value>& values() const { return values_; }
  std::vector<int> outputs;

  Element value(int index) { return {this, index}; }
  /// The index of an element among the values; a number is written down for it.
  int place(Element element);

  /// f of as many elements as it takes; the others are ignored.
  static Element emit(kernels::Function f, Element a, Element b = 0, Element c = 0);
  static bool is_number(Element element) { return !element.formula_; }
  static bool is_number(Element element, double number) {
    return is_number(element) && element.number_ == number;
  }

 private:
  int add(const Value& value);

  int inputs_;
  std::vector<Value> values_;  // the inputs first
};

/// The derivatives of a formula y with respect to the inputs in `mask`, times dy: a formula of
/// y's inputs and, behind them, dy. outputs[i] is that of input i; -1 if it is not in `mask` or 0
/// everywhere.
Formula differentiate(const Formula& formula, std::uint64_t mask);

/// A formula made ready to run.
class Program {
 public:
  explicit Program(Formula formula);
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  ~Program();

  const Formula& formula() const { return formula_; }
  /// Arrays of one floating dtype: the outputs, then the inputs.
  void run(std::span<const Array> arrays) const;

  struct Gradient;
  /// Its gradient with respect to the inputs in `mask`, made at the first call.
  const Gradient& gradient(std::uint64_t mask) const;

 private:
  Formula formula_;
  std::vector<kernels::Step> steps_[2];  // for float32 and float64
  std::vector<float> floats_;            // the constants
  std::vector<double> doubles_;
  int registers_ = 0;
  mutable std::atomic<Gradient*> gradients_{nullptr};  // a list that only grows
};

struct Program::Gradient {
  std::uint64_t mask;
  std::shared_ptr<const Program> program;  // null if no output has to be computed
  std::vector<int> inputs;   // of the program, as inputs of the formula; their number stands for dy
  std::vector<int> outputs;  // by input of the formula: an output of the program, or one of these
  static constexpr int zero = -1, same_as_dy = -2;
  Gradient* next = nullptr;
};

}  // namespace cinta::detail
