#pragma once
// Private to ops: formulas of elements.

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

  Element value(int index) { return {this, serial_, index}; }
  const Value& value_of(Element x) const { return values_[std::size_t(x.value_)]; }
  Element operand(const Value& value, std::size_t k) {
    const Value& x = values_[std::size_t(value.x[k])];
    return x.kind == Kind::number ? Element(x.number) : this->value(value.x[k]);
  }
  /// The index of an element among the values; a number is written down for it.
  int place(Element element);

  /// Makes `next` the one that this thread writes; returns the one before.
  static Expression* write(Expression* next);
  /// Throws ValueError for an element of any other.
  static void check_written(Element element);
  /// f of as many elements as it takes, all of the one that is written; the others are ignored.
  static Element emit(kernels::Function f, Element a, Element b = 0, Element c = 0);
  static bool is_number(Element element) { return !element.expression_; }
  static bool is_same(Element a, Element b) {
    return a.expression_ && a.expression_ == b.expression_ && a.value_ == b.value_;
  }
  static bool is_number(Element element, double number) {
    return is_number(element) && element.number_ == number;
  }

 private:
  static constexpr int nowhere = -1;

  int add(const Value& value);
  /// Where an equal value stands in the table, or would.
  std::size_t slot_of(const Value& value) const;
  void grow_table();

  unsigned serial_;  // unlike any other one's in this thread
  int inputs_;
  std::vector<Value> values_;                          // the inputs first
  std::vector<int> table_ = std::vector(32, nowhere);  // hashed: where each is among them
};

/// While it lives an expression is the one that is written.
class Writing {
 public:
  explicit Writing(Expression& expression) : before_(Expression::write(&expression)) {}
  ~Writing() { Expression::write(before_); }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  Expression* before_;
};

/// The values, as marks, that `outputs` are computed from.
std::vector<char> needed(const Expression& expression, const std::vector<int>& outputs);

/// The expression of only these values; `inputs` become those of `expression` that it still has.
Expression restricted(const Expression& expression, const std::vector<int>& outputs,
                      std::vector<int>& inputs);

}  // namespace cinta::detail
