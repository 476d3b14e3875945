#include <algorithm>
#include <bit>
#include <cinta/autograd/error.hpp>
#include <cinta/ops/formula.hpp>
#include <optional>

namespace cinta::detail {
namespace {

using kernels::Function;
using Kind = Formula::Kind;
using Value = Formula::Value;

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

Formula::Formula(int inputs) : inputs_(inputs) {
  for (int i = 0; i < inputs; ++i) add({Kind::input, Function::copy, {i, 0, 0}});
}

int Formula::add(const Value& value) {
  for (std::size_t i = 0; i < values_.size(); ++i)
    if (same(values_[i], value)) return int(i);
  values_.push_back(value);
  return int(values_.size()) - 1;
}

int Formula::place(Element element) {
  return element.formula_ ? element.value_
                          : add({Kind::number, Function::copy, {0, 0, 0}, element.number_});
}

Element Formula::emit(Function f, Element a, Element b, Element c) {
  // What is exactly an operand, or has a cheaper name.
  if (f == Function::mul && is_number(a, 1)) return b;
  if ((f == Function::mul || f == Function::div || f == Function::pow) && is_number(b, 1)) return a;
  if (f == Function::pow && is_number(b, 2)) return emit(Function::square, a);

  Formula* formula = nullptr;
  const Element x[] = {a, b, c};
  const int count = kernels::arity(f);
  for (int k = 0; k < count; ++k) {
    Formula* const other = x[k].formula_;
    if (formula && other && formula != other)
      throw ValueError("map: an element of one function was used in another");
    if (other) formula = other;
  }
  if (!formula) return evaluate(f, {a.number_, b.number_, c.number_});

  Value value = {Kind::function, f};
  for (int k = 0; k < count; ++k) value.x[std::size_t(k)] = formula->place(x[k]);
  if (f == Function::mul && value.x[0] == value.x[1]) return emit(Function::square, a);
  if ((f == Function::add || f == Function::mul) && value.x[0] > value.x[1])
    std::swap(value.x[0], value.x[1]);
  return {formula, formula->add(value)};
}

// ---- derivatives ----

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
      if (Formula::is_number(b, 0)) return;
      if (Formula::is_number(b)) return give(0, g * (b * pow(a, b - 1)));
      // x^e has slope 0 where e is 0, at x = 0 too, where the formula says 0 * inf; 0^e stays 0 as
      // e > 0 varies, where the formula says 0 * -inf.
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

Formula differentiate(const Formula& formula, std::uint64_t mask) {
  const int inputs = formula.inputs();
  const std::vector<Value>& values = formula.values();
  Formula result(inputs + 1);

  // The formula itself, and which of its values depend on an input that is asked for.
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
      v.push_back(Formula::emit(value.function, v[of(0)], v[of(1)], v[of(2)]));
      for (int k = 0; k < kernels::arity(value.function); ++k) depends |= active[of(k)] != 0;
    }
    active.push_back(depends);
  }

  std::vector<std::optional<Element>> slopes(values.size());  // of the output, times dy
  slopes[std::size_t(formula.outputs[0])] = result.value(inputs);
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

// ---- programs ----

namespace {

// What `outputs` are computed from.
std::vector<char> needed(const Formula& formula, const std::vector<int>& outputs) {
  const std::vector<Value>& values = formula.values();
  std::vector<char> marks(values.size());
  for (int output : outputs) marks[std::size_t(output)] = true;
  for (std::size_t i = values.size(); i-- > 0;) {
    if (!marks[i] || values[i].kind != Kind::function) continue;
    for (int k = 0; k < kernels::arity(values[i].function); ++k)
      marks[std::size_t(values[i].x[std::size_t(k)])] = true;
  }
  return marks;
}

// The formula of only these values; `inputs` become those that it still has.
Formula restricted(const Formula& formula, const std::vector<int>& outputs,
                   std::vector<int>& inputs) {
  const std::vector<char> marks = needed(formula, outputs);
  inputs.clear();
  for (int i = 0; i < formula.inputs(); ++i)
    if (marks[std::size_t(i)]) inputs.push_back(i);
  Formula result{int(inputs.size())};
  std::vector<Element> v;
  int seen = 0;
  for (std::size_t i = 0; i < marks.size(); ++i) {
    const Value& value = formula.values()[i];
    const auto of = [&](int k) { return v[std::size_t(value.x[std::size_t(k)])]; };
    if (!marks[i])
      v.push_back(0);
    else if (value.kind == Kind::input)
      v.push_back(result.value(seen++));
    else if (value.kind == Kind::number)
      v.push_back(value.number);
    else
      v.push_back(Formula::emit(value.function, of(0), of(1), of(2)));
  }
  for (int output : outputs) result.outputs.push_back(result.place(v[std::size_t(output)]));
  return result;
}

// An instruction on values that have no place yet.
struct Instruction {
  Function function;
  int y;
  std::array<int, 3> x;
};

// Chooses the instructions for a formula: functions that only one other reads join it where there
// is a function that does both.
class Selection {
 public:
  explicit Selection(const Formula& formula)
      : values_(formula.values()), marks_(needed(formula, formula.outputs)), uses_(values_.size()) {
    for (int output : formula.outputs) ++uses_[std::size_t(output)];
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (!marks_[i] || values_[i].kind != Kind::function) continue;
      for (int k = 0; k < kernels::arity(values_[i].function); ++k)
        ++uses_[std::size_t(values_[i].x[std::size_t(k)])];
    }
  }

  std::vector<Instruction> run() {
    std::vector<Instruction> code;
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

  // Makes `step`, which computes `value`, do more, and takes away what is then computed in it.
  void join(const Value& value, Instruction& step) {
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
          if (const Value* rest = only(at, Function::sub); rest && number(rest->x[0], 1)) {
            if (const Value* power = only(rest->x[1], Function::square))
              return become(Function::tanh_slope, {other, power->x[0], 0}, {at, rest->x[1]});
          }
          if (const Value* both = only(at, Function::mul)) {
            for (int j : {0, 1}) {
              const int y = both->x[std::size_t(j)], left = both->x[std::size_t(1 - j)];
              const Value* rest = only(left, Function::sub);
              if (rest && number(rest->x[0], 1) && rest->x[1] == y)
                return become(Function::sigmoid_slope, {other, y, 0}, {at, left});
            }
          }
        }
        for (int k : {0, 1}) {
          const int at = x[std::size_t(k)], other = x[std::size_t(1 - k)];
          if (const Value* factor = product(at))
            return become(Function::mul_mul, {factor->x[0], second(*factor), other}, {at});
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
        if (const Value* sign = only(x[0], Function::lt);
            sign && number(sign->x[0], 0) && number(x[2], 0))
          become(Function::relu_slope, {x[1], sign->x[1], 0}, {x[0]});
        return;
      default: return;
    }
  }

  const std::vector<Value>& values_;
  std::vector<char> marks_;
  std::vector<int> uses_;
};

}  // namespace

Program::Program(Formula formula) : formula_(std::move(formula)) {
  const std::vector<Value>& values = formula_.values();
  const std::vector<Instruction> code = Selection(formula_).run();
  const int outputs = int(formula_.outputs.size());
  constexpr int nowhere = -1;
  std::vector<int> place(values.size(), nowhere), last_use(values.size(), nowhere);

  // Inputs, numbers, and the outputs that an instruction can write where they belong.
  for (int i = 0; i < formula_.inputs(); ++i) place[std::size_t(i)] = outputs + i;
  for (std::size_t i = 0; i < code.size(); ++i) {
    for (int k = 0; k < kernels::arity(code[i].function); ++k)
      last_use[std::size_t(code[i].x[std::size_t(k)])] = int(i);
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool output = std::count(formula_.outputs.begin(), formula_.outputs.end(), int(i)) > 0;
    if (values[i].kind != Kind::number || (last_use[i] == nowhere && !output)) continue;
    place[i] = outputs + formula_.inputs() + int(doubles_.size());
    doubles_.push_back(values[i].number);
    floats_.push_back(float(values[i].number));
  }
  for (int k = 0; k < outputs; ++k) {
    const std::size_t value = std::size_t(formula_.outputs[std::size_t(k)]);
    if (values[value].kind == Kind::function && place[value] == nowhere) place[value] = k;
  }

  // What is between goes to registers, each free again after the last use of what it holds.
  const int first_register = outputs + formula_.inputs() + int(doubles_.size());
  std::vector<int> free;
  const auto add = [&](Function f, int y, const std::array<int, 3>& x) {
    for (int type = 0; type < 2; ++type) {
      kernels::Step step = {
          kernels::row_of(f, type == 0 ? float32 : float64), std::uint16_t(y), {}};
      for (int k = 0; k < kernels::arity(f); ++k) step.x[k] = std::uint16_t(x[std::size_t(k)]);
      steps_[type].push_back(step);
    }
  };
  for (std::size_t i = 0; i < code.size(); ++i) {
    std::array<int, 3> x = {0, 0, 0};
    for (int k = 0; k < kernels::arity(code[i].function); ++k) {
      const std::size_t value = std::size_t(code[i].x[std::size_t(k)]);
      x[std::size_t(k)] = place[value];
      if (last_use[value] == int(i) && place[value] >= first_register) {
        free.push_back(place[value]);
        last_use[value] = nowhere;  // it may be an operand twice
      }
    }
    int& y = place[std::size_t(code[i].y)];
    if (y == nowhere) {
      if (free.empty()) {
        y = first_register + registers_++;
      } else {
        y = free.back();
        free.pop_back();
      }
    }
    add(code[i].function, y, x);
  }
  for (int k = 0; k < outputs; ++k) {
    const int from = place[std::size_t(formula_.outputs[std::size_t(k)])];
    if (from != k) add(Function::copy, k, {from, 0, 0});
  }
}

Program::~Program() {
  for (Gradient* g = gradients_.load(); g;) delete std::exchange(g, g->next);
}

void Program::run(std::span<const Array> arrays) const {
  const bool single = arrays[0].dtype == float32;
  kernels::run({.steps = steps_[single ? 0 : 1],
                .outputs = int(formula_.outputs.size()),
                .inputs = formula_.inputs(),
                .constants = single ? static_cast<const void*>(floats_.data()) : doubles_.data(),
                .constant_count = int(doubles_.size()),
                .registers = registers_},
               arrays);
}

const Program::Gradient& Program::gradient(std::uint64_t mask) const {
  for (const Gradient* g = gradients_.load(std::memory_order_acquire); g; g = g->next)
    if (g->mask == mask) return *g;

  const Formula slopes = differentiate(formula_, mask);
  auto made = std::make_unique<Gradient>();
  made->mask = mask;
  std::vector<int> wanted;
  for (int value : slopes.outputs) {
    int output = Gradient::zero;
    if (value == formula_.inputs()) {
      output = Gradient::same_as_dy;
    } else if (value >= 0) {
      const auto at = std::find(wanted.begin(), wanted.end(), value);
      output = int(at - wanted.begin());
      if (at == wanted.end()) wanted.push_back(value);
    }
    made->outputs.push_back(output);
  }
  if (!wanted.empty())
    made->program = std::make_shared<Program>(restricted(slopes, wanted, made->inputs));

  // Another thread may have been as fast; then there are two of them, which does no harm.
  made->next = gradients_.load(std::memory_order_relaxed);
  while (!gradients_.compare_exchange_weak(made->next, made.get(), std::memory_order_release,
                                           std::memory_order_relaxed)) {
  }
  return *made.release();
}

}  // namespace cinta::detail
