#include <algorithm>
#include <cinta/ops/map/detail/derivative.hpp>
#include <limits>
#include <optional>

namespace cinta::detail {

using kernels::Function;
using Kind = Expression::Kind;
using Value = Expression::Value;

namespace {

// Whether an element is this number whatever the inputs are.
Condition always(Element x, double number) {
  return Condition(Expression::is_number(x, number) ? 1 : 0);
}

// Of what is chosen from: whether neither is ahead of the other. NaN is not ahead of NaN.
Condition alike(Element a, Element b) { return a == b || (a != a && b != b); }

// The slope of the Bessel function i1 for |x| < 0.1: the sum of (2k + 1) (x/2)^2k / (2 k! (k +
// 1)!).
Element i1_slope_near_0(Element x) {
  const Element z = square(x);
  return 0.5 +
         z * (3.0 / 16 +
              z * (5.0 / 384 + z * (7.0 / 18432 + z * (9.0 / 1474560 + z * (11.0 / 176947200)))));
}

// y times f, where y may be 0 and f infinite there.
Element times_or_0(Element y, Element f) { return where(y == 0, 0, y * f); }

// What the gradient g makes of a slope that is not computed.
Element unknown(Element g) { return where(g == 0, 0, std::numeric_limits<double>::quiet_NaN()); }

// The slope in n of the logarithm of Student's density of n degrees of freedom at t: by a series
// where digamma functions are too near.
Element student_rate(Element n, Element t) {
  const Element gap =
      where(n > 1e5, 0.25 / square(n), 0.5 * (digamma(0.5 * (n + 1)) - digamma(0.5 * n)) - 0.5 / n);
  return gap - 0.5 * log1p(square(t) / n) + 0.5 * (n + 1) / n / (n / square(t) + 1);
}

}  // namespace

Element slope(Function f, int k, Element g, Element y, const std::array<Element, 3>& operands) {
  switch (f) {
#define CINTA_FUNCTION1(name, dtypes, value, slope_x) \
  case Function::name: {                              \
    [[maybe_unused]] const Element x = operands[0];   \
    return slope_x;                                   \
  }
#define CINTA_FUNCTION2(name, dtypes, value, slope_a, slope_b)       \
  case Function::name: {                                             \
    [[maybe_unused]] const Element a = operands[0], b = operands[1]; \
    return k == 0 ? Element(slope_a) : Element(slope_b);             \
  }
#define CINTA_FUNCTION3(name, dtypes, value, slope_a, slope_b, slope_c)               \
  case Function::name: {                                                              \
    [[maybe_unused]] const Element a = operands[0], b = operands[1], c = operands[2]; \
    return k == 0 ? Element(slope_a) : k == 1 ? Element(slope_b) : Element(slope_c);  \
  }
#include <cinta/ops/kernels/elementwise/functions.inl>
    default: return 0;  // what takes the place of several functions is not in an expression
  }
}

namespace {

// Whether a value is made of others and of numbers times g: no slope can spoil it. Values in their
// order, each once: along the ways to what several others read there may be exponentially many.
bool is_tame(Expression& expression, Element x, Element g) {
  if (Expression::is_number(x)) return true;
  const std::vector<Value>& values = expression.values();
  const std::size_t last = std::size_t(expression.place(x)), own = std::size_t(expression.place(g));
  std::vector<char> tame(last + 1);
  for (std::size_t i = 0; i <= last; ++i) {
    const Value& value = values[i];
    const auto of = [&](std::size_t k) { return tame[std::size_t(value.x[k])] != 0; };
    const auto number = [&](std::size_t k) {
      return values[std::size_t(value.x[k])].kind == Kind::number;
    };
    if (i == own || value.kind == Kind::number) tame[i] = true;
    if (tame[i] || value.kind != Kind::function) continue;
    switch (value.function) {
      case Function::neg: tame[i] = of(0); break;
      case Function::mul: tame[i] = (number(0) && of(1)) || (number(1) && of(0)); break;
      case Function::add:
      case Function::sub: tame[i] = of(0) && of(1); break;
      case Function::where: tame[i] = of(1) && of(2); break;
      default: break;
    }
  }
  return tame[last];
}

}  // namespace

Element settled(Expression& expression, Element amount, Element g) {
  if (is_tame(expression, amount, g)) return amount;
  return Expression::emit(Function::settled, amount, g);
}

namespace {

// A gradient that counts only where conditions hold, the outermost first: they wait until all
// slopes have been multiplied, so that what is not taken leaves no 0 * infinity behind.
struct Adjoint {
  struct Branch {
    int truth;   // the value that decides
    bool taken;  // whether it has to hold, or not
    friend bool operator==(const Branch&, const Branch&) = default;
  };
  Element amount;
  std::vector<Branch> path = {};
};

class Derivative {
 public:
  Derivative(const Expression& expression, std::uint64_t mask, bool settle)
      : values_(expression.values()),
        dy_(expression.inputs()),
        result_(expression.inputs() + 1),
        adjoints_(values_.size()) {
    const Writing here(result_);
    copy_values(mask);
    adjoints_[std::size_t(expression.outputs[0])] = Adjoint{result_.value(dy_)};
    for (std::size_t i = values_.size(); i-- > 0;)
      if (adjoints_[i] && active_[i] && values_[i].kind == Kind::function) differentiate(i);
    for (std::size_t i = 0; i < std::size_t(dy_); ++i) {
      if (!adjoints_[i] || !active_[i]) {
        result_.outputs.push_back(-1);
        continue;
      }
      const Element amount = closed(*adjoints_[i], 0);
      result_.outputs.push_back(
          result_.place(settle ? settled(result_, amount, result_.value(dy_)) : amount));
    }
  }

  Expression result() && { return std::move(result_); }

 private:
  // The expression itself, and which of its values depend on an input that is asked for.
  void copy_values(std::uint64_t mask) {
    for (const Value& value : values_) {
      bool depends = false;
      if (value.kind == Kind::input) {
        v_.push_back(result_.value(value.x[0]));
        depends = mask >> value.x[0] & 1;
      } else if (value.kind == Kind::number) {
        v_.push_back(value.number);
      } else {
        const std::array<Element, 3> x = operands(value);
        v_.push_back(Expression::emit(value.function, x[0], x[1], x[2]));
        for (int k = 0; k < kernels::arity(value.function); ++k)
          depends |= active_[std::size_t(value.x[std::size_t(k)])] != 0;
      }
      active_.push_back(depends);
    }
  }

  std::array<Element, 3> operands(const Value& value) const {
    const auto of = [&](std::size_t k) { return v_[std::size_t(value.x[k])]; };
    return {of(0), of(1), of(2)};
  }

  void differentiate(std::size_t i) {
    const Value& value = values_[i];
    for (int k = 0; k < kernels::arity(value.function); ++k) {
      const std::size_t to = std::size_t(value.x[std::size_t(k)]);
      if (!active_[to]) continue;
      const Element amount = slope(value.function, k, adjoints_[i]->amount, v_[i], operands(value));
      if (Expression::is_number(amount, 0)) continue;
      Adjoint given = opened({amount, adjoints_[i]->path});
      adjoints_[to] = adjoints_[to] ? sum(*adjoints_[to], given) : given;
    }
  }

  // With a choice between something and 0 as part of the path.
  Adjoint opened(Adjoint x) {
    while (!Expression::is_number(x.amount)) {
      const Value& value = result_.values()[std::size_t(result_.place(x.amount))];
      if (value.kind != Kind::function || value.function != Function::where) break;
      const bool taken = is_zero(value.x[2]);
      if (!taken && !is_zero(value.x[1])) break;
      x.path.push_back({value.x[0], taken});
      x.amount = result_.value(value.x[taken ? 1 : 2]);
    }
    return x;
  }
  bool is_zero(int value) const {
    const Value& v = result_.values()[std::size_t(value)];
    return v.kind == Kind::number && v.number == 0;
  }

  // The amount where all of the path behind its first `depth` branches is taken, else 0.
  Element closed(const Adjoint& x, std::size_t depth) {
    Element y = x.amount;
    // The product of many conditions is shared by all that waits for them: a chain of choices for
    // each would make as many as the square of their number.
    if (x.path.size() > depth + 2) return where(Condition(all_taken(x, depth)), y, 0);
    for (std::size_t i = x.path.size(); i-- > depth;) {
      const Condition truth(result_.value(x.path[i].truth));
      y = x.path[i].taken ? where(truth, y, 0) : where(truth, 0, y);
    }
    return y;
  }

  Adjoint sum(const Adjoint& a, const Adjoint& b) {
    const auto [end_a, end_b] =
        std::mismatch(a.path.begin(), a.path.end(), b.path.begin(), b.path.end());
    const std::size_t common = std::size_t(end_a - a.path.begin());
    Adjoint y{0, {a.path.begin(), end_a}};
    const bool both = end_a != a.path.end() && end_b != b.path.end();
    if (both && end_a->truth == end_b->truth) {  // the two branches of one choice
      const Element in_a = closed(a, common + 1), in_b = closed(b, common + 1);
      const Condition truth(result_.value(end_a->truth));
      y.amount = end_a->taken ? where(truth, in_a, in_b) : where(truth, in_b, in_a);
      return y;
    }
    y.amount = closed(a, common) + closed(b, common);
    if (both) y.path.push_back({either(a, b, common), true});
    return y;
  }

  // Whether one of two paths is taken behind what they have in common.
  int either(const Adjoint& a, const Adjoint& b, std::size_t common) {
    return result_.place(maximum(all_taken(a, common), all_taken(b, common)));
  }

  // Whether all of the path behind its first `depth` branches is taken.
  Element all_taken(const Adjoint& x, std::size_t depth) {
    Element holds = 1;
    for (std::size_t i = depth; i < x.path.size(); ++i) {
      const Element truth = result_.value(x.path[i].truth);
      holds = holds * (x.path[i].taken ? truth : 1 - truth);
    }
    return holds;
  }

  const std::vector<Value>& values_;
  const int dy_;
  Expression result_;
  std::vector<Element> v_;    // the values in result_
  std::vector<char> active_;  // which of them depend on an input that is asked for
  std::vector<std::optional<Adjoint>> adjoints_;
};

}  // namespace

Expression differentiate(const Expression& expression, std::uint64_t mask, bool settle) {
  return Derivative(expression, mask, settle).result();
}

}  // namespace cinta::detail
