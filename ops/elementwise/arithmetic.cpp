#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/function_op.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::FunctionRule;
using kernels::Function;

Tensor pow_number(const Tensor& base, double exponent, const Site& site) {
  const Op op{"pow", Save::inputs(), site, {{"exponent", exponent}}};
  detail::check_defined(op, {base});
  const Tensor x = detail::floating(base, site);
  return apply(
      op, {x}, x.spec(),
      [exponent](const Inputs& in, const Tensor& y) {
        if (exponent == 2)
          kernels::elementwise(Function::square, y, in[0]);
        else
          kernels::elementwise(Function::pow, y, in[0], detail::scalar(exponent, y.dtype()));
      },
      [exponent](const Grad& g) {
        if (exponent == 2) return FunctionRule::of(Function::square, 0)(g);
        return FunctionRule(Function::pow, 0, {std::nullopt, exponent})(g);
      });
}

bool is_whole(const Operand& x) {
  return x.is_number() ? !is_floating(x.kind())
                       : x.tensor().defined() && !is_floating(x.tensor().dtype());
}

void check_not_negative(const Operand& exponent, const Site& site) {
  double value = 0;
  if (exponent.is_number()) {
    value = exponent.number().as<double>();
  } else if (exponent.tensor().dtype() == int64) {
    const Tensor dense = contiguous(exponent.tensor());
    const std::int64_t at =
        kernels::find_out_of_range(dense, std::numeric_limits<std::int64_t>::max());
    if (at >= 0) value = double(dense.data<std::int64_t>()[at]);
  }
  if (value >= 0) return;
  throw ValueError("pow: int64 to the power " + std::to_string(std::int64_t(value)) +
                       " is no int64; convert the base with to() first",
                   SiteScope::resolve(site));
}

}  // namespace

Tensor add(const Operand& a, const Operand& b) {
  const detail::Converted in("add", a, b, int64);
  return detail::add({"add", Save::nothing(), in.site()}, in.a(), in.b(), in.spec());
}
Tensor sub(const Operand& a, const Operand& b) {
  return detail::binary(Function::sub, "sub", a, b);
}
Tensor mul(const Operand& a, const Operand& b) {
  return detail::binary(Function::mul, "mul", a, b);
}
Tensor div(const Operand& a, const Operand& b) {
  return detail::binary(Function::div, "div", a, b);
}

Tensor pow(const Operand& a, const Operand& b) {
  if (is_whole(a) && is_whole(b))
    check_not_negative(b, a.site());
  else if (b.is_number() && !a.is_number())
    return pow_number(a.tensor(), b.number().as<double>(), a.site());
  return detail::binary(Function::pow, "pow", a, b);
}

Tensor neg(const Tensor& x, Site site) { return detail::unary(Function::neg, "neg", x, site); }

}  // namespace cinta
