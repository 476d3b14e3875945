#include <algorithm>
#include <bit>
#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/map/detail/expression.hpp>
#include <optional>

namespace cinta::detail {
namespace {

using kernels::Function;
using Kind = Expression::Kind;
using Value = Expression::Value;

bool same(const Value& a, const Value& b) {
  return a.kind == b.kind && a.function == b.function && a.x == b.x &&
         std::bit_cast<std::uint64_t>(a.number) == std::bit_cast<std::uint64_t>(b.number);
}

// f of numbers, by the kernel.
double evaluate(Function f, const double (&x)[3]) {
  double y = 0;
  const void* from[] = {&x[0], &x[1], &x[2]};
  kernels::row_of(f, float64)(&y, from, 0, 1);
  return y;
}

}  // namespace

Expression::Expression(int inputs) : inputs_(inputs) {
  for (int i = 0; i < inputs; ++i) add({Kind::input, Function::copy, {i, 0, 0}});
}

int Expression::add(const Value& value) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (same(values_[i], value)) return int(i);
  values_.push_back(value);
  return int(values_.size()) - 1;
}

int Expression::place(Element element) {
  return element.expression_ ? element.value_
                             : add({Kind::number, Function::copy, {0, 0, 0}, element.number_});
}

Element Expression::emit(Function f, Element a, Element b, Element c) {
  // What is exactly an operand, or has a cheaper name.
  if (f == Function::mul && is_number(a, 1)) return b;
  if ((f == Function::mul || f == Function::div || f == Function::pow) && is_number(b, 1)) return a;
  if (f == Function::pow && is_number(b, 2)) return emit(Function::square, a);

  Expression* expression = nullptr;
  const Element x[] = {a, b, c};
  const int count = kernels::arity(f);
  for (int k = 0; k < count; ++k) {
    Expression* const other = x[k].expression_;
    if (expression && other && expression != other)
      throw ValueError("map: an element of one function was used in another");
    if (other) expression = other;
  }
  if (!expression) return evaluate(f, {a.number_, b.number_, c.number_});

  Value value = {Kind::function, f};
  for (int k = 0; k < count; ++k) value.x[std::size_t(k)] = expression->place(x[k]);
  if (f == Function::mul && value.x[0] == value.x[1]) return emit(Function::square, a);
  if ((f == Function::add || f == Function::mul) && value.x[0] > value.x[1])
    std::swap(value.x[0], value.x[1]);
  return {expression, expression->add(value)};
}

namespace {

// Adds the derivatives of value `v` with respect to its operands, times g, by give(operand,
// amount).
template <class Give>
void differentiate_value(Function f, Element g, Element y, Element a, Element b, Element c,
                         const Give& give) {
  switch (f) {
    case Function::copy: return give(0, g);
    case Function::neg: return give(0, -g);
    case Function::abs: return give(0, g * sign(a));
    case Function::square: return give(0, 2 * g * a);
    case Function::relu: return give(0, where(y > 0, g, 0));
    case Function::exp: return give(0, g * y);
    case Function::expm1: return give(0, g * exp(a));
    case Function::log: return give(0, g / a);
    case Function::log1p: return give(0, g / (1 + a));
    case Function::sqrt: return give(0, g / (2 * y));
    case Function::sin: return give(0, g * cos(a));
    case Function::cos: return give(0, -(g * sin(a)));
    case Function::tanh: return give(0, g * (1 - square(y)));
    case Function::sigmoid: return give(0, g * (y * (1 - y)));
    case Function::softplus: return give(0, g * sigmoid(a));
    case Function::erf:
      return give(0, g * (1.12837916709551257390 * exp(-square(a))));  // 2 / sqrt(pi)
    case Function::add: return give(0, g), give(1, g);
    case Function::sub: return give(0, g), give(1, -g);
    case Function::mul: return give(0, g * b), give(1, g * a);
    case Function::div: return give(0, g / b), give(1, -(g * y / b));
    case Function::pow: {
      if (Expression::is_number(b, 0)) return;
      if (Expression::is_number(b)) return give(0, g * (b * pow(a, b - 1)));
      // x^e has slope 0 where e is 0, at x = 0 too, where the expression says 0 * inf; 0^e stays 0
      // as e > 0 varies, where the expression says 0 * -inf.
      const Condition flat = a == 0 && b >= 0;
      give(0, g * (b * pow(a, where(a == 0 && b == 0, 1, b - 1))));
      return give(1, where(flat, 0, g * (y * log(where(flat, 1, a)))));
    }
    case Function::maximum:
      return give(0, where(a > b, g, where(a == b, 0.5 * g, 0))),
             give(1, where(b > a, g, where(a == b, 0.5 * g, 0)));
    case Function::minimum:
      return give(0, where(a < b, g, where(a == b, 0.5 * g, 0))),
             give(1, where(b < a, g, where(a == b, 0.5 * g, 0)));
    case Function::where: {
      const Condition taken(a);
      return give(1, where(taken, g, 0)), give(2, where(taken, 0, g));
    }
    case Function::clamp: return give(0, where(a >= b && a <= c, g, 0));
    default: return;  // constant between jumps
  }
}

}  // namespace

Expression differentiate(const Expression& expression, std::uint64_t mask) {
  const int inputs = expression.inputs();
  const std::vector<Value>& values = expression.values();
  Expression result(inputs + 1);

  // The expression itself, and which of its values depend on an input that is asked for.
  std::vector<Element> v;
  std::vector<char> active;
  for (const Value& value : values) {
    const auto of = [&](int k) { return std::size_t(value.x[std::size_t(k)]); };
    bool depends = false;
    if (value.kind == Kind::input) {
      v.push_back(result.value(value.x[0]));
      depends = mask >> value.x[0] & 1;
    } else if (value.kind == Kind::number) {
      v.push_back(value.number);
    } else {
      v.push_back(Expression::emit(value.function, v[of(0)], v[of(1)], v[of(2)]));
      for (int k = 0; k < kernels::arity(value.function); ++k) depends |= active[of(k)] != 0;
    }
    active.push_back(depends);
  }

  std::vector<std::optional<Element>> slopes(values.size());  // of the output, times dy
  slopes[std::size_t(expression.outputs[0])] = result.value(inputs);
  for (std::size_t i = values.size(); i-- > 0;) {
    const Value& value = values[i];
    if (!slopes[i] || !active[i] || value.kind != Kind::function) continue;
    const auto of = [&](int k) { return std::size_t(value.x[std::size_t(k)]); };
    differentiate_value(value.function, *slopes[i], v[i], v[of(0)], v[of(1)], v[of(2)],
                        [&](int k, Element amount) {
                          if (!active[of(k)]) return;
                          std::optional<Element>& slope = slopes[of(k)];
                          slope = slope ? *slope + amount : amount;
                        });
  }

  for (int i = 0; i < inputs; ++i) {
    const std::optional<Element>& slope = slopes[std::size_t(i)];
    const bool wanted = slope && active[std::size_t(i)];
    result.outputs.push_back(wanted ? result.place(*slope) : -1);
  }
  return result;
}

}  // namespace cinta::detail
