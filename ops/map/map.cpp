#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/map/detail/apply_program.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {

using detail::Expression;
using kernels::Function;

#pragma GCC visibility push(default)  // g++ takes none from what a class declares as friends
Element operator+(Element a, Element b) { return Expression::emit(Function::add, a, b); }
Element operator-(Element a, Element b) { return Expression::emit(Function::sub, a, b); }
Element operator*(Element a, Element b) { return Expression::emit(Function::mul, a, b); }
Element operator/(Element a, Element b) { return Expression::emit(Function::div, a, b); }
Element operator-(Element x) { return Expression::emit(Function::neg, x); }

Element pow(Element a, Element b) { return Expression::emit(Function::pow, a, b); }
Element clamp(Element x, Element low, Element high) {
  return Expression::emit(Function::clamp, x, low, high);
}

Condition operator==(Element a, Element b) {
  return Condition(Expression::emit(Function::eq, a, b));
}
Condition operator!=(Element a, Element b) {
  return Condition(Expression::emit(Function::ne, a, b));
}
Condition operator<(Element a, Element b) {
  return Condition(Expression::emit(Function::lt, a, b));
}
Condition operator<=(Element a, Element b) {
  return Condition(Expression::emit(Function::le, a, b));
}
Condition operator>(Element a, Element b) { return b < a; }
Condition operator>=(Element a, Element b) { return b <= a; }

Condition isnan(Element x) { return x != x; }
Condition isinf(Element x) { return abs(x) == std::numeric_limits<double>::infinity(); }
Condition isfinite(Element x) { return abs(x) < std::numeric_limits<double>::infinity(); }

Condition operator&&(Condition a, Condition b) {
  if (Expression::is_number(a.truth_)) return Expression::is_number(a.truth_, 0) ? a : b;
  if (Expression::is_number(b.truth_)) return b && a;
  return Condition(a.truth_ * b.truth_);
}
Condition operator||(Condition a, Condition b) {
  if (Expression::is_number(a.truth_)) return Expression::is_number(a.truth_, 0) ? b : a;
  if (Expression::is_number(b.truth_)) return b || a;
  return Condition(maximum(a.truth_, b.truth_));
}
Condition operator!(Condition a) { return Condition(1 - a.truth_); }
Condition operator!=(Condition a, Condition b) {
  if (Expression::is_number(a.truth_)) return Expression::is_number(a.truth_, 0) ? b : !b;
  if (Expression::is_number(b.truth_)) return b != a;
  return Condition(Expression::emit(Function::ne, a.truth_, b.truth_));
}
Condition operator==(Condition a, Condition b) { return !(a != b); }

Element where(Condition condition, Element a, Element b) {
  if (Expression::is_number(condition.truth_))
    return Expression::is_number(condition.truth_, 0) ? b : a;
  return Expression::emit(Function::where, condition.truth_, a, b);
}
#pragma GCC visibility pop

namespace detail {
namespace {

std::uint64_t wanted(const Inputs& in) {
  std::uint64_t mask = 0;
  for (int i = 0; i < in.size(); ++i) mask |= std::uint64_t(in[i].requires_grad()) << i;
  return mask;
}

Shape common_shape(const char* op, const Tensors& inputs, const Site& site) {
  Shape shape = inputs[0].shape();
  for (std::size_t i = 1; i < inputs.size(); ++i)
    shape = broadcast_shapes(op, shape, inputs[i].shape(), site);
  return shape;
}

// What the gradients read, except dy.
Save saved(const Program& program, const Tensors& inputs, Dtype dtype) {
  Save save = Save::nothing();
  if (!should_record(inputs, dtype)) return save;
  for (int i : program.gradient(wanted(inputs), true).inputs)
    if (i < int(inputs.size())) save = save | Save::input(i);
  return save;
}

// False where a gradient is one number, of a sum or a mean, that is not 0.
bool may_be_zero(const Tensor& dy) {
  const Array array = dy;
  if (!array.is_uniform()) return true;
  return dispatch_floating(dy.dtype(), [&]<class T>() { return *array.data<T>() == T(0); });
}

// The gradients that are asked for, with dy for each element: all in one pass, or each by an
// operation of its own if they will be differentiated.
Tensors gradients(const Program& program, const Grad& g, const Tensor& dy) {
  const int count = program.expression().inputs();
  std::uint64_t mask = 0;
  for (int i = 0; i < count; ++i) mask |= std::uint64_t(g.needs(i)) << i;
  const Gradient& all = program.gradient(mask, g.create_graph() || may_be_zero(dy));
  const auto input = [&](int i) -> const Tensor& { return i == count ? dy : g.in(i); };

  Tensors outputs;
  if (all.program && !g.create_graph()) {
    Tensors inputs;
    for (int i : all.inputs) inputs.push_back(input(i));
    const OutputSpecs specs(all.program->expression().outputs.size(), Spec{dy.shape(), dy.dtype()});
    outputs = apply({"map_backward", Save::nothing(), {}}, inputs, specs,
                    [program = all.program](const Inputs& in, const Tensors& y) {
                      std::vector<Array> arrays(y.begin(), y.end());
                      for (int i = 0; i < in.size(); ++i) arrays.push_back(in[i]);
                      program->run(arrays);
                    });
  }

  Tensors result(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (!g.needs(i)) continue;
    const int output = all.outputs[std::size_t(i)];
    if (output == Gradient::zero) {
      result[std::size_t(i)] = zeros(g.shape(i), dy.dtype());
    } else if (output == Gradient::same_as_dy) {
      result[std::size_t(i)] = dy;
    } else if (!g.create_graph()) {
      result[std::size_t(i)] = outputs[std::size_t(output)];
    } else {
      const Gradient& one = program.gradient(std::uint64_t{1} << i, true);
      Tensors inputs;
      for (int k : one.inputs) inputs.push_back(input(k));
      result[std::size_t(i)] = apply_program("map", one.program, inputs, {});
    }
  }
  return result;
}

// The sum of the program's values, which are not written, over `divisor`.
Tensor sum_program(const ProgramRef& program, const Op& op, const Tensors& inputs,
                   const Shape& shape, double divisor) {
  return apply(
      {op.name, saved(*program, inputs, inputs[0].dtype()), op.site}, inputs,
      {{}, inputs[0].dtype()},
      [=](const Inputs& in, const Tensor& y) {
        Tensors dense;  // owns what is copied
        std::vector<Array> arrays;
        for (int i = 0; i < in.size(); ++i) {
          const Array given = in[i];
          const bool fits = given.is_uniform() || (given.is_contiguous() && given.shape == shape);
          dense.push_back(fits ? in[i] : contiguous(broadcast_to(in[i], shape)));
        }
        for (const Tensor& x : dense) arrays.push_back(x);
        const double sum = program->run_sum(arrays, shape.numel()) / divisor;
        dispatch_floating(y.dtype(), [&]<class T>() { *y.data<T>() = T(sum); });
      },
      [=](const Grad& g) {
        const Tensor dy = divisor == 1 ? g.dy : g.dy / divisor;
        return gradients(*program, g, broadcast_to(dy, shape));
      });
}

// Checked, and brought to one floating dtype.
Tensors converted(const char* op, Operands inputs, const Site& site) {
  const auto fail = [&](const std::string& what) { return std::string(op) + ": " + what; };
  Dtype dtype = boolean;
  int index = 0;
  for (const Operand& x : inputs) {
    if (!x.is_number() && !x.tensor().defined())
      throw ValueError(fail("input " + std::to_string(index) + " is an undefined tensor"), site);
    dtype = promote(dtype, x.is_number() ? x.kind() : x.tensor().dtype());
    ++index;
  }
  if (!is_floating(dtype)) {
    throw DtypeError(fail(std::string("the inputs are ") + name_of(dtype) +
                          ", at least one has to be float32 or float64; convert one with to()"),
                     site);
  }
  Tensors result;
  result.reserve(inputs.size());
  for (const Operand& x : inputs) {
    if (x.is_number())
      result.push_back(scalar(x.number(), dtype));
    else
      result.push_back(x.tensor().dtype() == dtype ? x.tensor() : to(x.tensor(), dtype, site));
  }
  return result;
}

}  // namespace

Tensor apply_program(const char* name, const ProgramRef& program, const Tensors& inputs,
                     const Site& site) {
  const Spec spec = {common_shape(name, inputs, site), inputs[0].dtype()};
  return apply(
      {name, saved(*program, inputs, spec.dtype), site}, inputs, spec,
      [program](const Inputs& in, const Tensor& y) {
        std::vector<Array> arrays{y};
        for (int i = 0; i < in.size(); ++i) arrays.push_back(in[i]);
        program->run(arrays);
      },
      [program](const Grad& g) { return gradients(*program, g, g.dy); });
}

Trace::Trace(int inputs)
    : expression_(std::make_unique<Expression>(inputs)),
      before_(Expression::write(expression_.get())) {}
Trace::~Trace() { Expression::write(before_); }
Element Trace::input(int index) { return expression_->value(index); }

ProgramRef Trace::finish(Element y, bool sum, const Site& site) {
  if (Expression::is_number(y)) {
    throw ValueError(
        "map: the function returns a number that depends on no input; use full() for a constant",
        site);
  }
  Expression::check_written(y);
  expression_->outputs = {expression_->place(y)};
  return std::make_shared<const Program>(std::move(*expression_), sum);
}

Tensor map(const char* name, const ProgramRef& program, Operands inputs) {
  const Site site = SiteScope::resolve(inputs.begin()->site());
  return apply_program(name, program, converted(name, inputs, site), site);
}

Tensor map_sum(const char* name, const ProgramRef& program, bool mean, Operands inputs) {
  const Op op{name, SiteScope::resolve(inputs.begin()->site())};
  const Tensors tensors = converted(name, inputs, op.site);
  const Shape shape = common_shape(name, tensors, op.site);
  return sum_program(program, op, tensors, shape, mean ? double(shape.numel()) : 1);
}

}  // namespace detail
}  // namespace cinta
