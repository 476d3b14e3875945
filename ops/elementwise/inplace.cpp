#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/detail/function_op.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>

namespace cinta {
namespace {

using kernels::Function;

// Runs x = f(x, y) element by element; in[0] is x or a copy of it.
auto update(Function f) {
  return [f](const Inputs& in, const Tensor& x) { kernels::elementwise(f, x, in[0], in[1]); };
}

// x = f(x, operand). Its rules read no result, which may be overwritten before they run, but a copy
// of the old x where they need it.
const Tensor& binary(Function f, const char* name, const Tensor& x, const Operand& operand,
                     Dtype lowest) {
  using detail::FunctionRule;
  const Op op{name, operand.site()};
  const Tensor y = detail::fitting(op, x, operand, lowest);
  Save save = Save::nothing();
  if (x.requires_grad()) save = save | FunctionRule::of(f, 0, true).save();
  if (y.requires_grad()) save = save | FunctionRule::of(f, 1, true).save();
  const Tensor old = GradMode::enabled() && save.has_input(0) ? clone(x, op.site) : x;
  return apply_in_place(
      {op.name, save, op.site}, x, {old, y}, update(f),
      [f](const Grad& g) { return FunctionRule::of(f, 0, true)(g); },
      [f](const Grad& g) { return FunctionRule::of(f, 1, true)(g); });
}

const Tensor& fill(const char* name, const Tensor& x, const Number& value, const Site& site) {
  const AttributeValue shown =
      is_floating(value.kind()) ? AttributeValue(value.as<double>()) : value.as<std::int64_t>();
  return apply_in_place({name, Save::nothing(), site, {{"value", shown}}}, x, {},
                        [value](const Inputs&, const Tensor& y) { kernels::fill(y, value); });
}

}  // namespace

void detail::refuse_lost(const char* op, const Tensor& x, const Site& site) {
  if (!x.defined() || !x.impl()->unique()) return;
  const TensorImpl& impl = *x.impl();
  if (impl.storage->wraps()) return;  // its owner does
  // A view of a temporary may be all that holds it.
  if (!impl.storage->unique() &&
      !(impl.base && impl.base->unique() && impl.storage->holders() == 2))
    return;
  throw ValueError(std::string(op) +
                       ": nothing but this temporary holds the elements, so what is written into "
                       "them is lost; x(ids) is a copy: write by index_put_",
                   site);
}

const Tensor& add_(const Tensor& x, const Operand& operand) {
  return binary(Function::add, "add_", x, operand, int64);
}
const Tensor& sub_(const Tensor& x, const Operand& operand) {
  return binary(Function::sub, "sub_", x, operand, int64);
}
const Tensor& mul_(const Tensor& x, const Operand& operand) {
  return binary(Function::mul, "mul_", x, operand, int64);
}
const Tensor& div_(const Tensor& x, const Operand& operand) {
  return binary(Function::div, "div_", x, operand, float32);
}

const Tensor& copy_(const Tensor& x, const Tensor& source, Site site) {
  const Op op{"copy_", Save::nothing(), site};
  detail::check_defined(op, {x, source});
  detail::check_broadcast(op, source.shape(), x);
  const Tensor from = detail::unaliased(source, x, op.site);
  return apply_in_place(
      op, x, {from}, [](const Inputs& in, const Tensor& y) { kernels::copy(in[0], y); },
      [dtype = from.dtype()](const Grad& g) { return to(g.dy, dtype); });
}

const Tensor& fill_(const Tensor& x, Number value, Site site) {
  return fill("fill_", x, value, site);
}

const Tensor& zero_(const Tensor& x, Site site) { return fill("zero_", x, 0, site); }

const Tensor& masked_fill_(const Tensor& x, const Tensor& mask, const Operand& value) {
  const Op op{"masked_fill_", Save::input(0), value.site()};
  detail::check_defined(op, {x, mask});
  if (mask.dtype() != boolean) {
    throw DtypeError(
        std::string("masked_fill_: the mask must be bool, it is ") + name_of(mask.dtype()),
        op.site);
  }
  detail::check_broadcast(op, mask.shape(), x);
  const Tensor y = detail::fitting(op, x, value, boolean);
  const Tensor where_to = detail::unaliased(mask, x, op.site);
  return apply_in_place(
      op, x, {where_to, x, y},
      [](const Inputs& in, const Tensor& to) {
        kernels::elementwise(kernels::rows().where[int(to.dtype())], to, in[0], in[2], in[1]);
      },
      no_gradient,  //
      [](const Grad& g) { return where(g.in(0), 0.0, g.dy); },
      [](const Grad& g) { return where(g.in(0), g.dy, 0.0); });
}

void zero_grad(const Tensors& leaves, bool set_to_none, Site site) {
  const NoGrad no_grad;
  for (const Tensor& leaf : leaves) {
    const Tensor gradient = leaf.grad();
    if (!gradient.defined()) continue;
    if (set_to_none)
      leaf.set_grad({}, site);
    else if (gradient.is_row_sparse())
      leaf.set_grad(detail::no_rows(gradient.spec()), site);
    else if (gradient.requires_grad())  // part of a graph, which is none of the zeros' history
      leaf.set_grad(zeros(gradient.shape(), gradient.dtype()), site);
    else
      zero_(gradient, site);
  }
}

}  // namespace cinta
