// Special functions: beside SciPy over the whole range, beside PyTorch for their gradients.

#include "cases.hpp"

namespace {

using namespace oracle;

#define OVER(low, high, python, expression) \
  over_range(                               \
      python, [](const Tensor& x) { return expression; }, low, high)

const Cases beside_scipy([] {
  OVER(-30, 1e300, "scipy.special.erfcx(x)", erfcx(x));
  OVER(-10, 10, "scipy.special.erf(x)", erf(x));
  OVER(-10, 30, "scipy.special.erfc(x)", erfc(x));
  OVER(-1, 1, "scipy.special.erfinv(x)", erfinv(x));
  OVER(-40, 40, "scipy.special.ndtr(x)", ndtr(x));
  OVER(0, 1, "scipy.special.ndtri(x)", ndtri(x));
  OVER(-1e10, 40, "scipy.special.log_ndtr(x)", log_ndtr(x));
  OVER(-9.97, 1e300, "scipy.special.gammaln(x)", lgamma(x));
  OVER(-9.97, 1e300, "scipy.special.digamma(x)", digamma(x));
  OVER(1e-100, 1e100, "scipy.special.polygamma(1, x)", polygamma(1, x));
  OVER(1e-60, 1e60, "scipy.special.polygamma(3, x)", polygamma(3, x));
  OVER(-700, 700, "scipy.special.i0(x)", i0(x));
  OVER(-700, 700, "scipy.special.i1(x)", i1(x));
  OVER(-1e300, 1e300, "scipy.special.i0e(x)", i0e(x));
  OVER(-1e300, 1e300, "scipy.special.i1e(x)", i1e(x));
  OVER(0, 1, "scipy.special.logit(x)", logit(x));
  OVER(-1, 1e300, "scipy.special.entr(x)", entr(x));
  OVER(-700, 700, "scipy.special.expit(x)", sigmoid(x));
  OVER(-700, 700, "scipy.special.log_expit(x)", logsigmoid(x));
  OVER(-19.77, 20.1, "np.sinc(x)", sinc(x));
  const auto of_two = [](const char* python, Tensor (*f)(const Operand&, const Operand&),
                         const Tensor& x, const Tensor& y) {
    random(python, [f](const Tensors& in) { return f(in[0], in[1]); }, {x, y});
  };
  for (const double size : {0.01, 1.0, 20.0, 1000.0, 1e6}) {
    const Tensor shape = draw({40}, 0.1 * size, 2 * size), near = shape * draw({40}, 0.5, 2);
    of_two("scipy.special.gammainc(x, y)", &gammainc, shape, near);
    of_two("scipy.special.gammaincc(x, y)", &gammaincc, shape, near);
    of_two("scipy.special.stdtr(x, y)", &stdtr, shape, draw({40}, -5, 5));
    random("scipy.special.betainc(x, y, z)",
           [](const Tensors& in) { return betainc(in[0], in[1], in[2]); },
           {shape, draw({40}, 0.1 * size, 2 * size), draw({40}, 0.05, 0.95)});
  }
  random("scipy.special.xlogy(x, y)", [](const Tensors& in) { return xlogy(in[0], in[1]); },
         {draw({40}), draw({40}, 0, 3)});
  random("scipy.special.xlog1py(x, y)", [](const Tensors& in) { return xlog1py(in[0], in[1]); },
         {draw({40}), draw({40}, -0.9, 3)});
  random("np.logaddexp(x, y)", [](const Tensors& in) { return logaddexp(in[0], in[1]); },
         {draw({40}, -50, 50), draw({40}, -50, 50)});
  random("scipy.special.logsumexp(x, axis=1)",
         [](const Tensors& in) { return logsumexp(in[0], 1); }, {draw({3, 40}, -50, 50)});
  random("scipy.special.softmax(x, axis=1)", [](const Tensors& in) { return softmax(in[0], 1); },
         {draw({3, 40}, -50, 50)});
  random("scipy.special.log_softmax(x, axis=1)",
         [](const Tensors& in) { return log_softmax(in[0], 1); }, {draw({3, 40}, -50, 50)});
});

#define SPECIAL(name) ONE("torch.special." #name "(x)", name(x))
#define WITHIN(low, high, python, expression) \
  one(                                        \
      python, [](const Tensor& x) { return expression; }, low, high)

const Cases beside_torch([] {
  SPECIAL(erfcx);
  SPECIAL(i0);
  SPECIAL(i0e);
  SPECIAL(i1);
  SPECIAL(i1e);
  SPECIAL(ndtr);
  SPECIAL(log_ndtr);
  WITHIN(0.1, 3, "torch.special.entr(x)", entr(x));
  WITHIN(0.1, 5, "torch.lgamma(x)", lgamma(x));
  WITHIN(0.1, 5, "torch.digamma(x)", digamma(x));
  WITHIN(-0.9, 0.9, "torch.erfinv(x)", erfinv(x));
  WITHIN(0.1, 0.9, "torch.logit(x)", logit(x));
  WITHIN(0.1, 0.9, "torch.special.ndtri(x)", ndtri(x));
  // PyTorch has no slopes in the shape.
  random("torch.special.gammainc(x.detach(), y)",
         [](const Tensors& in) { return gammainc(in[0].detach(), in[1]); },
         {draw({40}, 0.1, 9), draw({40}, 0.1, 9)});
  random("torch.special.gammaincc(x.detach(), y)",
         [](const Tensors& in) { return gammaincc(in[0].detach(), in[1]); },
         {draw({40}, 0.1, 9), draw({40}, 0.1, 9)});
  WITHIN(0.5, 3, "torch.polygamma(1, x)", polygamma(1, x));
  WITHIN(0.5, 3, "torch.polygamma(2, x)", polygamma(2, x));
});

}  // namespace
