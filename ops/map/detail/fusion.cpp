#include <algorithm>
#include <cinta/ops/map/detail/fusion.hpp>
#include <optional>

namespace cinta::detail {

using kernels::Function;
using Kind = Expression::Kind;
using Value = Expression::Value;

namespace {

// Goes from the last value to the first, so that a step takes in what only it reads.
class Fusion {
 public:
  explicit Fusion(const Expression& expression)
      : values_(expression.values()),
        marks_(needed(expression, expression.outputs)),
        uses_(values_.size()) {
    for (int output : expression.outputs) ++uses_[std::size_t(output)];
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!marks_[i] || values_[i].kind != Kind::function) continue;
      for (int k = 0; k < kernels::arity(values_[i].function); ++k)
        ++uses_[std::size_t(values_[i].x[std::size_t(k)])];
    }
  }

  std::vector<Step> run() {
    std::vector<Step> code;
    for (std::size_t i = values_.size(); i-- > 0;) {
      if (!marks_[i] || values_[i].kind != Kind::function) continue;
      code.push_back({values_[i].function, int(i), values_[i].x});
      join(values_[i], code.back());
    }
    std::reverse(code.begin(), code.end());
    return code;
  }

 private:
  // The value at `index` if it is f of something and nothing else reads it.
  const Value* only(int index, Function f) const {
    const Value& value = values_[std::size_t(index)];
    const bool fits = value.kind == Kind::function && value.function == f;
    return fits && uses_[std::size_t(index)] == 1 ? &value : nullptr;
  }
  // A product that nothing else reads.
  const Value* product(int index) const {
    const Value* value = only(index, Function::square);
    return value ? value : only(index, Function::mul);
  }
  static int second(const Value& product) {
    return product.x[product.function == Function::square ? 0 : 1];
  }
  bool number(int index, double number) const {
    const Value& value = values_[std::size_t(index)];
    return value.kind == Kind::number && value.number == number;
  }

  // 2 y, which the square has as its slope, 1 - y^2, which tanh has, or y (1 - y), which sigmoid
  // has, that nothing else reads; with it what is inside.
  struct Factor {
    Function slope, settled;
    int y, inner;
  };
  std::optional<Factor> factor(int at) const {
    if (const Value* rest = only(at, Function::sub); rest && number(rest->x[0], 1)) {
      if (const Value* power = only(rest->x[1], Function::square))
        return Factor{Function::tanh_slope, Function::tanh_slope_settled, power->x[0], rest->x[1]};
    }
    if (const Value* both = only(at, Function::mul)) {
      for (std::size_t j : {0, 1}) {
        const int y = both->x[j], inner = both->x[1 - j];
        if (number(inner, 2))
          return Factor{Function::square_slope, Function::square_slope_settled, y, at};
        const Value* rest = only(inner, Function::sub);
        if (rest && number(rest->x[0], 1) && rest->x[1] == y)
          return Factor{Function::sigmoid_slope, Function::sigmoid_slope_settled, y, inner};
      }
    }
    return std::nullopt;
  }

  // Makes `step`, which computes `value`, do more, and takes away what is then computed in it.
  void join(const Value& value, Step& step) {
    const auto become = [&](Function f, std::array<int, 3> x, std::initializer_list<int> joined) {
      step.function = f;
      step.x = x;
      for (int index : joined) marks_[std::size_t(index)] = false;
    };
    const auto& x = value.x;
    switch (value.function) {
      case Function::mul:
        for (int k : {0, 1}) {
          const int at = x[std::size_t(k)], other = x[std::size_t(1 - k)];
          if (const std::optional<Factor> slope = factor(at))
            return become(slope->slope, {other, slope->y, 0}, {at, slope->inner});
        }
        for (int k : {0, 1}) {
          const int at = x[std::size_t(k)], other = x[std::size_t(1 - k)];
          if (const Value* factor = product(at))
            return become(Function::mul_mul, {factor->x[0], second(*factor), other}, {at});
        }
        return;
      case Function::settled:
        if (const Value* amount = only(x[0], Function::div); amount && amount->x[0] == x[1])
          return become(Function::div_settled, {x[1], amount->x[1], 0}, {x[0]});
        if (const Value* amount = only(x[0], Function::mul)) {
          for (std::size_t k : {0, 1}) {
            if (amount->x[k] != x[1]) continue;
            const int other = amount->x[1 - k];
            if (const std::optional<Factor> slope = factor(other))
              return become(slope->settled, {x[1], slope->y, 0}, {x[0], other, slope->inner});
            return become(Function::mul_settled, {x[1], other, 0}, {x[0]});
          }
        }
        return;
      case Function::add:
        for (int k : {0, 1}) {
          const int at = x[std::size_t(k)], other = x[std::size_t(1 - k)];
          if (const Value* term = product(at))
            return become(Function::mul_add, {term->x[0], second(*term), other}, {at});
        }
        return;
      case Function::sub:
        if (const Value* term = product(x[1]))
          become(Function::mul_sub, {term->x[0], second(*term), x[0]}, {x[1]});
        return;
      case Function::where:
        if (const Value* sign = only(x[0], Function::le);
            sign && number(sign->x[1], 0) && number(x[1], 0))
          become(Function::relu_slope, {x[2], sign->x[0], 0}, {x[0]});
        return;
      default: return;
    }
  }

  const std::vector<Value>& values_;
  std::vector<char> marks_;
  std::vector<int> uses_;
};

}  // namespace

std::vector<Step> fuse_steps(const Expression& expression) { return Fusion(expression).run(); }

}  // namespace cinta::detail
