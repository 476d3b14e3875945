#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/detail/function_op.hpp>
#include <cinta/ops/map/detail/apply_program.hpp>
#include <cinta/ops/map/detail/derivative.hpp>
#include <memory>

namespace cinta::detail {

using kernels::Function;

namespace {

// The slope as an expression of the operands that are no numbers, the output and dy.
Gradient slope_program(Function f, int k, const std::array<std::optional<double>, 3>& numbers,
                       int inputs, bool of_inputs) {
  Expression expression(inputs + 2);
  const Writing here(expression);
  std::array<Element, 3> x = {0, 0, 0};
  for (int i = 0, input = 0; i < kernels::arity(f); ++i) {
    const std::optional<double>& number = numbers[std::size_t(i)];
    x[std::size_t(i)] = number ? Element(*number) : expression.value(input++);
  }
  const Element g = expression.value(inputs + 1);
  const Element y = of_inputs ? Expression::emit(f, x[0], x[1], x[2]) : expression.value(inputs);
  const Element amount = settled(expression, slope(f, k, g, y, x), g);
  expression.outputs = {Expression::is_number(amount, 0) ? -1 : expression.place(amount)};
  return {expression, inputs + 1};
}

int count_inputs(Function f, const std::array<std::optional<double>, 3>& numbers) {
  int count = 0;
  for (int i = 0; i < kernels::arity(f); ++i) count += !numbers[std::size_t(i)];
  return count;
}

}  // namespace

FunctionRule::FunctionRule(Function f, int k, std::array<std::optional<double>, 3> numbers,
                           bool of_inputs)
    : inputs_(count_inputs(f, numbers)),
      gradient_(slope_program(f, k, numbers, inputs_, of_inputs)) {
  for (int i : gradient_.inputs) {
    if (i < inputs_) save_ = save_ | Save::input(i);
    if (i == inputs_) save_ = save_ | Save::output();
  }
}

std::atomic<const FunctionRule*> FunctionRule::made_[int(Function::count)][kernels::max_inputs][2];

const FunctionRule& FunctionRule::make(Function f, int k, bool of_inputs) {
  auto fresh =
      std::make_unique<const FunctionRule>(f, k, std::array<std::optional<double>, 3>(), of_inputs);
  const FunctionRule* rule = nullptr;  // another thread's, where that was first
  return made_[int(f)][k][of_inputs].compare_exchange_strong(rule, fresh.get()) ? *fresh.release()
                                                                                : *rule;
}

Tensor FunctionRule::operator()(const Grad& g) const {
  const int output = gradient_.outputs[0];
  if (output == Gradient::same_as_dy) return g.dy;
  if (output == Gradient::zero) return zeros(g.dy.shape(), g.dy.dtype());
  const Tensor y = save_.has_output(0) ? g.out() : Tensor();
  const auto input = [&](int i) -> const Tensor& {
    const int read = gradient_.inputs[std::size_t(i)];
    return read < inputs_ ? g.in(read) : read == inputs_ ? y : g.dy;
  };
  const Op op("map_backward", Save::nothing(), {});
  const std::optional<Program::Single>& single = gradient_.program->single();
  if (single && single->is_of_inputs(2) && !g.create_graph()) {
    return apply(op, {input(single->input(0)), input(single->input(1))}, g.dy.spec(),
                 [f = single->function](const Inputs& in, const Tensor& dx) {
                   kernels::elementwise(f, dx, in[0], in[1]);
                 });
  }
  Tensors inputs;
  for (std::size_t i = 0; i < gradient_.inputs.size(); ++i) inputs.push_back(input(int(i)));
  if (g.create_graph()) return apply_program("map", gradient_.program, inputs, {});
  return apply(op, inputs, g.dy.spec(),
               [program = gradient_.program](const Inputs& in, const Tensor& dx) {
                 static_assert(kernels::max_inputs == 3);
                 const auto array = [&](int i) -> Array { return i < in.size() ? in[i] : dx; };
                 const Array arrays[] = {dx, array(0), array(1), array(2), array(3), array(4)};
                 program->run(std::span(arrays, std::size_t(1 + in.size())));
               });
}

Tensor unary(Function f, const char* name, const Tensor& x, const Site& site) {
  if (!x.defined()) check_defined({name, site}, {x});
  const bool numeric = kernels::is_numeric(f);
  const bool fits = is_floating(x.dtype()) || (numeric && x.dtype() == int64);
  const Tensor converted = fits ? Tensor() : to(x, numeric ? int64 : float32, site);
  const Tensor& in = fits ? x : converted;
  return apply(
      {name, FunctionRule::of(f, 0).save(), site}, {in}, in.spec(),
      [f](const Inputs& inputs, const Tensor& y) { kernels::elementwise(f, y, inputs[0]); },
      [f](const Grad& g) { return FunctionRule::of(f, 0)(g); });
}

Tensor binary(Function f, const char* name, const Operand& a, const Operand& b) {
  // Two bools count as integers, so that true + true is 2.
  const Converted in(name, a, b, kernels::is_numeric(f) ? int64 : float32);
  Save save = Save::nothing();
  if (in.a().requires_grad()) save = save | FunctionRule::of(f, 0).save();
  if (in.b().requires_grad()) save = save | FunctionRule::of(f, 1).save();
  return apply(
      {name, save, in.site()}, {in.a(), in.b()}, in.spec(),
      [f](const Inputs& x, const Tensor& y) { kernels::elementwise(f, y, x[0], x[1]); },
      [f](const Grad& g) { return FunctionRule::of(f, 0)(g); },
      [f](const Grad& g) { return FunctionRule::of(f, 1)(g); });
}

}  // namespace cinta::detail
