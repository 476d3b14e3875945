#include <cinta/autograd/apply.hpp>
#include <cinta/autograd/error.hpp>
#include <cinta/ops/convert.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/program.hpp>

namespace cinta {

using detail::Formula;
using kernels::Function;

Element operator+(Element a, Element b) { return Formula::emit(Function::add, a, b); }
Element operator-(Element a, Element b) { return Formula::emit(Function::sub, a, b); }
Element operator*(Element a, Element b) { return Formula::emit(Function::mul, a, b); }
Element operator/(Element a, Element b) { return Formula::emit(Function::div, a, b); }
Element operator-(Element x) { return Formula::emit(Function::neg, x); }

Element exp(Element x) { return Formula::emit(Function::exp, x); }
Element expm1(Element x) { return Formula::emit(Function::expm1, x); }
Element log(Element x) { return Formula::emit(Function::log, x); }
Element log1p(Element x) { return Formula::emit(Function::log1p, x); }
Element sqrt(Element x) { return Formula::emit(Function::sqrt, x); }
Element sin(Element x) { return Formula::emit(Function::sin, x); }
Element cos(Element x) { return Formula::emit(Function::cos, x); }
Element tanh(Element x) { return Formula::emit(Function::tanh, x); }
Element sigmoid(Element x) { return Formula::emit(Function::sigmoid, x); }
Element softplus(Element x) { return Formula::emit(Function::softplus, x); }
Element erf(Element x) { return Formula::emit(Function::erf, x); }
Element relu(Element x) { return Formula::emit(Function::relu, x); }
Element abs(Element x) { return Formula::emit(Function::abs, x); }
Element sign(Element x) { return Formula::emit(Function::sign, x); }
Element square(Element x) { return Formula::emit(Function::square, x); }
Element pow(Element a, Element b) { return Formula::emit(Function::pow, a, b); }
Element maximum(Element a, Element b) { return Formula::emit(Function::maximum, a, b); }
Element minimum(Element a, Element b) { return Formula::emit(Function::minimum, a, b); }
Element clamp(Element x, Element low, Element high) {
  return Formula::emit(Function::clamp, x, low, high);
}

Condition operator==(Element a, Element b) { return Condition(Formula::emit(Function::eq, a, b)); }
Condition operator!=(Element a, Element b) { return Condition(Formula::emit(Function::ne, a, b)); }
Condition operator<(Element a, Element b) { return Condition(Formula::emit(Function::lt, a, b)); }
Condition operator<=(Element a, Element b) { return Condition(Formula::emit(Function::le, a, b)); }
Condition operator>(Element a, Element b) { return b < a; }
Condition operator>=(Element a, Element b) { return b <= a; }

Condition operator&&(Condition a, Condition b) { return Condition(a.truth_ * b.truth_); }
Condition operator||(Condition a, Condition b) { return Condition(maximum(a.truth_, b.truth_)); }
Condition operator!(Condition a) { return Condition(1 - a.truth_); }

Element where(Condition condition, Element a, Element b) {
  return Formula::emit(Function::where, condition.truth_, a, b);
}

namespace detail {
namespace {

using ProgramRef = std::shared_ptr<const Program>;

std::uint64_t wanted(const Inputs& in) {
  std::uint64_t mask = 0;
  for (int i = 0; i < in.size(); ++i) mask |= std::uint64_t(in[i].requires_grad()) << i;
  return mask;
}

Tensors gradients(const Program& program, const Grad& g);

// The program's only output for inputs of one floating dtype.
Tensor apply_program(const ProgramRef& program, const Tensors& inputs, const Site& site) {
  Shape shape = inputs[0].shape();
  for (std::size_t i = 1; i < inputs.size(); ++i)
    shape = broadcast_shapes("map", shape, inputs[i].shape(), site);
  const Spec spec = {shape, inputs[0].dtype()};
  Save save = Save::nothing();
  if (should_record(inputs, spec.dtype)) {
    // What the gradients read, except dy.
    for (int i : program->gradient(wanted(inputs)).inputs)
      if (i < int(inputs.size())) save = save | Save::input(i);
  }
  return apply(
      {"map", save, site}, inputs, spec,
      [program](const Inputs& in, const Tensor& y) {
        std::vector<Array> arrays{y};
        for (int i = 0; i < in.size(); ++i) arrays.push_back(in[i]);
        program->run(arrays);
      },
      [program](const Grad& g) { return gradients(*program, g); });
}

// The gradients that are asked for: all in one pass, or each by an operation of its own if they
// will be differentiated.
Tensors gradients(const Program& program, const Grad& g) {
  const int count = program.formula().inputs();
  std::uint64_t mask = 0;
  for (int i = 0; i < count; ++i) mask |= std::uint64_t(g.needs(i)) << i;
  const Program::Gradient& all = program.gradient(mask);
  const auto input = [&](int i) -> const Tensor& { return i == count ? g.dy : g.in(i); };

  Tensors outputs;
  if (all.program && !GradMode::enabled()) {
    std::vector<Array> arrays;
    for (std::size_t k = 0; k < all.program->formula().outputs.size(); ++k)
      outputs.push_back(empty(g.dy.shape(), g.dy.dtype()));
    for (const Tensor& output : outputs) arrays.push_back(output);
    for (int i : all.inputs) arrays.push_back(input(i));
    all.program->run(arrays);
  }

  Tensors result(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    if (!g.needs(i)) continue;
    const int output = all.outputs[std::size_t(i)];
    if (output == Program::Gradient::zero) {
      result[std::size_t(i)] = zeros(g.shape(i), g.dy.dtype());
    } else if (output == Program::Gradient::same_as_dy) {
      result[std::size_t(i)] = g.dy;
    } else if (!GradMode::enabled()) {
      result[std::size_t(i)] = outputs[std::size_t(output)];
    } else {
      const Program::Gradient& one = program.gradient(std::uint64_t{1} << i);
      Tensors inputs;
      for (int k : one.inputs) inputs.push_back(input(k));
      result[std::size_t(i)] = apply_program(one.program, inputs, {});
    }
  }
  return result;
}

}  // namespace

Trace::Trace(int inputs) : formula_(std::make_unique<Formula>(inputs)) {}
Trace::~Trace() = default;
Element Trace::input(int index) { return formula_->value(index); }

std::shared_ptr<const Program> Trace::finish(Element y, const Site& site) {
  if (Formula::is_number(y)) {
    throw ValueError(
        "map: the function returns a number that depends on no input; use full() for a constant",
        site);
  }
  formula_->outputs = {formula_->place(y)};
  return std::make_shared<const Program>(std::move(*formula_));
}

Tensor map(const std::shared_ptr<const Program>& program, std::initializer_list<Operand> inputs) {
  const Site site = SiteScope::resolve(inputs.begin()->site());
  Dtype dtype = boolean;
  int index = 0;
  for (const Operand& x : inputs) {
    if (!x.is_number() && !x.tensor().defined())
      throw ValueError("map: input " + std::to_string(index) + " is an undefined tensor", site);
    dtype = promote(dtype, x.is_number() ? x.kind() : x.tensor().dtype());
    ++index;
  }
  if (!is_floating(dtype)) {
    throw DtypeError(std::string("map: the inputs are ") + name_of(dtype) +
                         ", at least one has to be float32 or float64; convert one with to()",
                     site);
  }
  Tensors converted;
  converted.reserve(inputs.size());
  for (const Operand& x : inputs) {
    if (x.is_number())
      converted.push_back(scalar(x.number(), dtype));
    else
      converted.push_back(x.tensor().dtype() == dtype ? x.tensor() : to(x.tensor(), dtype, site));
  }
  return apply_program(program, converted, site);
}

}  // namespace detail
}  // namespace cinta
