#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/map/map.hpp>

namespace cinta {
namespace {

using kernels::Function;

// Forward of a binary operation.
auto compute(Function f) {
  return [f](const Inputs& in, const Tensor& y) { kernels::elementwise(f, y, in[0], in[1]); };
}

// Two bools count as integers, so that true + true is 2.
constexpr Dtype numbers = int64;

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
        if (exponent == 0) return g.dy * 0.0;
        if (exponent == 1) return g.dy;
        return g.dy * (exponent * pow(g.in(0), exponent - 1));
      });
}

}  // namespace

Tensor add(Operand a, Operand b) {
  const detail::Converted in("add", a, b, numbers);
  return detail::add({"add", Save::nothing(), in.site()}, in.a(), in.b(), in.shape());
}

Tensor sub(Operand a, Operand b) {
  const detail::Converted in("sub", a, b, numbers);
  return apply(
      {"sub", Save::nothing(), in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()},
      compute(Function::sub), [](const Grad& g) { return g.dy; },  //
      [](const Grad& g) { return -g.dy; });
}

Tensor mul(Operand a, Operand b) {
  const detail::Converted in("mul", a, b, numbers);
  const Save save = Save::input(0, in.b().requires_grad()) | Save::input(1, in.a().requires_grad());
  return apply(
      {"mul", save, in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()}, compute(Function::mul),
      [](const Grad& g) { return g.dy * g.in(1); }, [](const Grad& g) { return g.dy * g.in(0); });
}

Tensor div(Operand a, Operand b) {
  const detail::Converted in("div", a, b, float32);
  const Save save = in.b().requires_grad() ? Save::input(1) | Save::output() : Save::input(1);
  return apply(
      {"div", save, in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()}, compute(Function::div),
      [](const Grad& g) { return g.dy / g.in(1); },
      [](const Grad& g) {
        return map([](auto dy, auto y, auto d) { return -(dy * y / d); }, g.dy, g.out(), g.in(1));
      });
}

Tensor pow(Operand a, Operand b) {
  if (b.is_number() && !a.is_number()) return pow_number(a.tensor(), b.number(), a.site());
  const detail::Converted in("pow", a, b, float32);
  return apply(
      {"pow", in.site()}, {in.a(), in.b()}, {in.shape(), in.dtype()}, compute(Function::pow),
      [](const Grad& g) {
        // x^e has slope 0 where e is 0, at x = 0 too, where the expression says 0 * inf.
        const auto slope = [](auto dy, auto x, auto e) {
          return dy * (e * pow(x, where(x == 0 && e == 0, 1, e - 1)));
        };
        return map(slope, g.dy, g.in(0), g.in(1));
      },
      [](const Grad& g) {
        // 0^e stays 0 as e > 0 varies, where the expression says 0 * -inf.
        const auto slope = [](auto dy, auto x, auto e, auto y) {
          const auto flat = x == 0 && e >= 0;
          return dy * where(flat, 0, y * log(where(flat, 1, x)));
        };
        return map(slope, g.dy, g.in(0), g.in(1), g.out());
      });
}

Tensor neg(const Tensor& x, Site site) {
  const Op op{"neg", Save::nothing(), site};
  detail::check_defined(op, {x});
  const Tensor in = x.dtype() == boolean ? to(x, int64, site) : x;
  return apply(
      op, {in}, in.spec(),
      [](const Inputs& inputs, const Tensor& y) {
        kernels::elementwise(Function::neg, y, inputs[0]);
      },
      [](const Grad& g) { return -g.dy; });
}

}  // namespace cinta
