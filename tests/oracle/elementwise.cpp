#include "cases.hpp"

namespace {

using namespace oracle;

#define SAME(name) ONE("torch." #name "(x)", name(x))
#define ACTIVATION(name) ONE("F." #name "(x)", name(x))
#define PAIR(name) TWO("torch." #name "(x, y)", name(x, y))
// On random numbers of its domain.
#define WITHIN(low, high, python, expression) \
  one(                                        \
      python, [](const Tensor& x) { return expression; }, low, high)

const Cases of_one([] {
  SAME(abs);
  SAME(sign);
  SAME(square);
  SAME(exp);
  SAME(exp2);
  SAME(expm1);
  SAME(sin);
  SAME(cos);
  SAME(tan);
  SAME(atan);
  SAME(sinh);
  SAME(cosh);
  SAME(tanh);
  SAME(asinh);
  SAME(sinc);
  SAME(erf);
  SAME(erfc);
  SAME(sigmoid);
  SAME(floor);
  SAME(ceil);
  SAME(round);
  SAME(trunc);
  SAME(frac);
  SAME(deg2rad);
  SAME(rad2deg);
  SAME(reciprocal);
  SAME(isnan);
  SAME(isinf);
  SAME(isfinite);
  SAME(neg);
  WITHIN(0.1, 3, "torch.rsqrt(x)", rsqrt(x));
  WITHIN(0.1, 3, "torch.sqrt(x)", sqrt(x));
  WITHIN(0.1, 3, "torch.log(x)", log(x));
  WITHIN(0.1, 3, "torch.log2(x)", log2(x));
  WITHIN(0.1, 3, "torch.log10(x)", log10(x));
  WITHIN(-0.9, 3, "torch.log1p(x)", log1p(x));
  WITHIN(-0.9, 0.9, "torch.asin(x)", asin(x));
  WITHIN(-0.9, 0.9, "torch.acos(x)", acos(x));
  WITHIN(-0.9, 0.9, "torch.atanh(x)", atanh(x));
  WITHIN(1.1, 3, "torch.acosh(x)", acosh(x));
  ONE("torch.nan_to_num(x)", nan_to_num(x));
  ONE("torch.clamp(x, -1, 1)", clamp(x, -1, 1));
  ONE("x.to(torch.float64)", to(x, float64));
  ONE("x.clone()", clone(x));
  ONE("torch.logical_not(x > 0)", logical_not(gt(x, 0)));
});

const Cases activations([] {
  SAME(relu);
  ACTIVATION(silu);
  ACTIVATION(mish);
  ACTIVATION(elu);
  ACTIVATION(celu);
  ACTIVATION(selu);
  ACTIVATION(softplus);
  ONE("F.softplus(x, beta=3)", softplus(x, 3));
  ACTIVATION(softsign);
  ACTIVATION(tanhshrink);
  ACTIVATION(relu6);
  ACTIVATION(hardtanh);
  ACTIVATION(hardsigmoid);
  ACTIVATION(hardswish);
  ACTIVATION(hardshrink);
  ACTIVATION(softshrink);
  ACTIVATION(leaky_relu);
  ACTIVATION(gelu);
  ACTIVATION(logsigmoid);
  ONE("F.gelu(x, approximate='tanh')", gelu_tanh(x));
  ONE("F.threshold(x, 0.5, 2)", threshold(x, 0.5, 2));
  RANDOM("F.prelu(x, y)", prelu(in[0], in[1]), {draw({3, 4}), draw({4})});
  random_and_empty("F.glu(x)", [](const Tensors& in) { return glu(in[0]); }, {draw({3, 4})});
});

const Cases of_two([] {
  PAIR(add);
  PAIR(sub);
  PAIR(mul);
  PAIR(div);
  PAIR(maximum);
  PAIR(minimum);
  PAIR(fmax);
  PAIR(fmin);
  PAIR(atan2);
  PAIR(hypot);
  PAIR(copysign);
  PAIR(logaddexp);
  PAIR(logaddexp2);
  PAIR(xlogy);
  PAIR(fmod);
  PAIR(remainder);
  PAIR(eq);
  PAIR(ne);
  PAIR(lt);
  PAIR(le);
  PAIR(gt);
  PAIR(ge);
  two(
      "torch.pow(x, y)", [](const Tensor& x, const Tensor& y) { return pow(x, y); }, 0.2, 2);
  two(
      "torch.special.xlog1py(x, y)", [](const Tensor& x, const Tensor& y) { return xlog1py(x, y); },
      -0.5, 2);
  TWO("torch.div(x, y, rounding_mode='floor')", div(x, y, Rounding::floor));
  TWO("torch.div(x, y, rounding_mode='trunc')", div(x, y, Rounding::trunc));
  TWO("torch.where(x > 0, x, y)", where(gt(x, 0), x, y));
  TWO("torch.clamp(x, y, y + 1)", clamp(x, y, y + 1));
  TWO("torch.clamp(x, y + 1, y)", clamp(x, y + 1, y));
  TWO("torch.lerp(x, y, 0.3)", lerp(x, y, 0.3));
  TWO("torch.lerp(x, y, torch.tensor(0.8, dtype=torch.float64))", lerp(x, y, 0.8));
  TWO("torch.addcmul(x, x, y, value=0.5)", addcmul(x, x, y, 0.5));
  TWO("torch.addcdiv(x, x, y, value=0.5)", addcdiv(x, x, y, 0.5));
  TWO("torch.logical_and(x > 0, y > 0)", logical_and(gt(x, 0), gt(y, 0)));
  TWO("torch.logical_or(x > 0, y > 0)", logical_or(gt(x, 0), gt(y, 0)));
  TWO("torch.logical_xor(x > 0, y > 0)", logical_xor(gt(x, 0), gt(y, 0)));
});

}  // namespace
