#pragma once
// map: an elementwise operation of any number of tensors, written as one function of elements.

#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/fused.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <initializer_list>
#include <memory>
#include <type_traits>
#include <utility>

#pragma GCC visibility push(default)
namespace cinta {

namespace detail {
class Expression;
class Program;
}  // namespace detail

class Condition;

/// What the function given to `map` works with: an element of a tensor that stands for all of
/// them. Computing with it writes an expression down; numbers mix in. The functions are those of
/// the same name on tensors (elementwise.hpp, activation.hpp), with the same slopes at kinks.
/// Comparisons give conditions, for `where` and to be combined by &&, || and !.
class Element : private ElementFunctions,
                private ElementFormulas,
                private ElementSpecials,
                private ElementActivations {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Element(T number) : number_(double(number)) {}

  friend Element operator+(Element a, Element b);
  friend Element operator-(Element a, Element b);
  friend Element operator*(Element a, Element b);
  friend Element operator/(Element a, Element b);
  friend Element operator-(Element x);
  Element& operator+=(Element b) { return *this = *this + b; }
  Element& operator-=(Element b) { return *this = *this - b; }
  Element& operator*=(Element b) { return *this = *this * b; }
  Element& operator/=(Element b) { return *this = *this / b; }

  friend Element pow(Element a, Element b);

  friend Condition operator==(Element a, Element b);
  friend Condition operator!=(Element a, Element b);
  friend Condition operator<(Element a, Element b);
  friend Condition operator<=(Element a, Element b);
  friend Condition operator>(Element a, Element b);
  friend Condition operator>=(Element a, Element b);
  friend Condition isnan(Element x);
  friend Condition isinf(Element x);
  friend Condition isfinite(Element x);
  /// a where the condition holds, else b; the gradient goes to the one that is taken.
  friend Element where(Condition condition, Element a, Element b);

 private:
  friend class detail::Expression;
  Element(detail::Expression* expression, unsigned serial, int value)
      : expression_(expression), serial_(serial), value_(value) {}

  detail::Expression* expression_ = nullptr;  // that it is a value of; none: it is a number
  unsigned serial_ = 0;  // of the expression, which may be gone, and another in its place
  int value_ = 0;
  double number_ = 0;
};

/// What holds or not of elements.
class Condition {
 public:
  explicit Condition(Element truth) : truth_(truth) {}  ///< 1 or 0
  friend Condition operator&&(Condition a, Condition b);
  friend Condition operator||(Condition a, Condition b);
  friend Condition operator!(Condition a);
  friend Condition operator!=(Condition a, Condition b);  ///< one of the two: logical_xor
  friend Condition operator==(Condition a, Condition b);
  friend Element where(Condition condition, Element a, Element b);

 private:
  Element truth_;
};

namespace detail {

/// An expression while it is being written down.
class Trace {
 public:
  explicit Trace(int inputs);
  ~Trace();
  Element input(int index);
  /// Throws ValueError if `y` does not depend on an input. See Program for `sum`.
  std::shared_ptr<const Program> finish(Element y, bool sum, const Site& site);

 private:
  std::unique_ptr<Expression> expression_;
  Expression* before_;  // that was written, where a function calls map itself
};

template <class F, std::size_t... I>
std::shared_ptr<const Program> trace(const F& f, bool sum, const Site& site,
                                     std::index_sequence<I...>) {
  Trace trace(sizeof...(I));
  static_assert(
      std::is_convertible_v<decltype(f(trace.input(I)...)), Element>,
      "the function of a map returns one number; make one of a condition by where(c, 1, 0)");
  return trace.finish(f(trace.input(I)...), sum, site);
}

// The program of f; that of a lambda without captures is kept, and given by reference.
template <std::size_t inputs, bool sum, class F>
decltype(auto) program_of(const F& f, const Site& site) {
  static_assert(inputs <= 32, "a map has at most 32 inputs");
  constexpr auto indices = std::make_index_sequence<inputs>();
  if constexpr (std::is_empty_v<F>) {
    static const auto program = trace(f, sum, site, indices);
    return (program);
  } else {
    return trace(f, sum, site, indices);
  }
}

using Operands = std::initializer_list<Operand>;
Tensor map(const char* name, const std::shared_ptr<const Program>& program, Operands inputs);
// Their sum, divided by their number with `mean`.
Tensor map_sum(const char* name, const std::shared_ptr<const Program>& program, bool mean,
               Operands inputs);

}  // namespace detail

/// f applied to the elements of its inputs, in one pass:
///
///     map([](auto a, auto b) { return tanh(a * b) + a; }, x, y)
///
/// Inputs are tensors or numbers. Shapes broadcast, dtypes promote, and at least one tensor or
/// number has to be floating. `f` is called once, with an Element for each input, and returns one;
/// the numbers that it captures become constants. All gradients, of any order, are formulas
/// derived from f's and take one pass as well; only inputs are kept for them. The expression of a
/// lambda without captures is kept for the rest of the program. So `f` must not depend on anything
/// but its arguments and what it captures.
///
/// Throws ShapeError when shapes do not broadcast, DtypeError when nothing is floating, ValueError
/// when f returns a number that depends on no input.
template <class F, class... X>
Tensor map(const F& f, const Operand& first, const X&... rest) {
  const Site& site = SiteScope::resolve(first.site());
  const auto& program = detail::program_of<1 + sizeof...(X), false>(f, site);
  return detail::map("map", program, {first, Operand(rest, site)...});
}

/// sum(map(f, first, rest...)) and mean(map(f, first, rest...)), 0-dim, in one pass that writes no
/// elements: a loss of large tensors costs the time of reading them. Added in double beyond a few
/// thousand elements. Inputs that are neither dense nor one element everywhere are copied first.
/// The mean of no elements is NaN.
template <class F, class... X>
Tensor map_sum(const F& f, const Operand& first, const X&... rest) {
  const NameScope name("map_sum");
  const Site& site = SiteScope::resolve(first.site());
  const auto& program = detail::program_of<1 + sizeof...(X), true>(f, site);
  return detail::map_sum("map_sum", program, false, {first, Operand(rest, site)...});
}
template <class F, class... X>
Tensor map_mean(const F& f, const Operand& first, const X&... rest) {
  const NameScope name("map_mean");
  const Site& site = SiteScope::resolve(first.site());
  const auto& program = detail::program_of<1 + sizeof...(X), true>(f, site);
  return detail::map_sum("map_mean", program, true, {first, Operand(rest, site)...});
}

}  // namespace cinta
#pragma GCC visibility pop
