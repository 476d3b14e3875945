#include <cinta/autograd/core/error.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/elementwise/relu_mask.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>

// The rules are maps: one pass, and differentiable themselves.

namespace cinta {
namespace {

using kernels::Function;

// f of floating elements; ints are converted first.
template <class Rule>
Tensor unary(const char* name, Save save, const Tensor& x, const Site& site, Function f,
             Rule rule) {
  if (!x.defined()) detail::check_defined({name, save, site}, {x});
  const Tensor in = detail::floating(x, site);
  return apply(
      {name, save, site}, {in}, in.spec(),
      [f](const Inputs& inputs, const Tensor& y) { kernels::elementwise(f, y, inputs[0]); }, rule);
}

// The same for functions that integers can have as well; bool counts as int64.
template <class Rule>
Tensor unary_numeric(const char* name, Save save, const Tensor& x, const Site& site, Function f,
                     Rule rule) {
  if (!x.defined()) detail::check_defined({name, save, site}, {x});
  const Tensor in = x.dtype() == boolean ? to(x, int64, site) : x;
  return apply(
      {name, save, site}, {in}, in.spec(),
      [f](const Inputs& inputs, const Tensor& y) { kernels::elementwise(f, y, inputs[0]); }, rule);
}

// Elements from which on relu keeps bits for its rule and not its result: that is half a layer's
// memory where the result is not kept otherwise, as before a dropout, and one pass more.
constexpr std::int64_t worth_bits = 16 * 1024;

// Where x is positive, in bits.
Tensor relu_mask(const Tensor& x) {
  return apply(
      {"relu_mask", Save::nothing(), {}}, {x}, {{kernels::relu_mask_words(x.numel())}, int64},
      [](const Inputs& in, const Tensor& bits) {
        kernels::make_relu_mask(contiguous(in[0]), bits);
      },
      no_gradient);
}

// x where a bit is set, else 0: linear, so that its rule is itself.
Tensor apply_relu_mask(const Tensor& x, const Tensor& bits) {
  return apply(
      {"apply_relu_mask", Save::input(1), {}}, {x, bits}, x.spec(),
      [](const Inputs& in, const Tensor& y) {
        kernels::apply_relu_mask(contiguous(in[0]), in[1], y);
      },
      [](const Grad& g) { return apply_relu_mask(g.dy, g.in(1)); }, no_gradient);
}

}  // namespace

Tensor exp(const Tensor& x, Site site) {
  return unary("exp", Save::output(), x, site, Function::exp,
               [](const Grad& g) { return g.dy * g.out(); });
}

Tensor log(const Tensor& x, Site site) {
  return unary("log", Save::inputs(), x, site, Function::log,
               [](const Grad& g) { return g.dy / g.in(0); });
}

Tensor log1p(const Tensor& x, Site site) {
  return unary("log1p", Save::inputs(), x, site, Function::log1p, [](const Grad& g) {
    return map([](auto dy, auto v) { return dy / (1 + v); }, g.dy, g.in(0));
  });
}

Tensor sqrt(const Tensor& x, Site site) {
  return unary("sqrt", Save::output(), x, site, Function::sqrt, [](const Grad& g) {
    return map([](auto dy, auto y) { return dy / (2 * y); }, g.dy, g.out());
  });
}

Tensor sin(const Tensor& x, Site site) {
  return unary("sin", Save::inputs(), x, site, Function::sin, [](const Grad& g) {
    return map([](auto dy, auto v) { return dy * cos(v); }, g.dy, g.in(0));
  });
}

Tensor cos(const Tensor& x, Site site) {
  return unary("cos", Save::inputs(), x, site, Function::cos, [](const Grad& g) {
    return map([](auto dy, auto v) { return -(dy * sin(v)); }, g.dy, g.in(0));
  });
}

Tensor tanh(const Tensor& x, Site site) {
  return unary("tanh", Save::output(), x, site, Function::tanh, [](const Grad& g) {
    return map([](auto dy, auto y) { return dy * (1 - y * y); }, g.dy, g.out());
  });
}

Tensor sigmoid(const Tensor& x, Site site) {
  return unary("sigmoid", Save::output(), x, site, Function::sigmoid, [](const Grad& g) {
    return map([](auto dy, auto y) { return dy * (y * (1 - y)); }, g.dy, g.out());
  });
}

Tensor softplus(const Tensor& x, Site site) {
  return unary("softplus", Save::inputs(), x, site, Function::softplus, [](const Grad& g) {
    return map([](auto dy, auto v) { return dy * sigmoid(v); }, g.dy, g.in(0));
  });
}

Tensor relu(const Tensor& x, Site site) {
  if (x.defined() && x.numel() >= worth_bits && detail::should_record({x}, x.dtype())) {
    return apply(
        {"relu", Save::input(1), site}, {x, relu_mask(x)}, x.spec(),
        [](const Inputs& in, const Tensor& y) { kernels::elementwise(Function::relu, y, in[0]); },
        [](const Grad& g) { return apply_relu_mask(g.dy, g.in(1)); }, no_gradient);
  }
  return unary_numeric("relu", Save::output(), x, site, Function::relu, [](const Grad& g) {
    return map([](auto dy, auto y) { return where(y > 0, dy, 0); }, g.dy, g.out());
  });
}

Tensor abs(const Tensor& x, Site site) {
  return unary_numeric("abs", Save::inputs(), x, site, Function::abs, [](const Grad& g) {
    return map([](auto dy, auto v) { return dy * sign(v); }, g.dy, g.in(0));
  });
}

Tensor sign(const Tensor& x, Site site) {
  return unary_numeric("sign", Save::nothing(), x, site, Function::sign,
                       [](const Grad& g) { return g.dy * 0.0; });
}

Tensor square(const Tensor& x, Site site) {
  return unary_numeric("square", Save::inputs(), x, site, Function::square, [](const Grad& g) {
    return map([](auto dy, auto v) { return dy * (2 * v); }, g.dy, g.in(0));
  });
}

Tensor clamp(const Tensor& x, double low, double high, Site site) {
  if (!(low <= high)) {
    throw ValueError("clamp: low " + std::to_string(low) + " is above high " + std::to_string(high),
                     site);
  }
  if (!x.defined()) detail::check_defined({"clamp", site}, {x});
  const Tensor in = detail::floating(x, site);
  return apply(
      {"clamp", Save::inputs(), site, {{"low", low}, {"high", high}}}, {in}, in.spec(),
      [low, high](const Inputs& inputs, const Tensor& y) {
        kernels::elementwise(Function::clamp, y, inputs[0], detail::scalar(low, y.dtype()),
                             detail::scalar(high, y.dtype()));
      },
      [low, high](const Grad& g) {
        const auto inside = [](auto dy, auto v, auto from, auto to) {
          return where(v >= from && v <= to, dy, 0);
        };
        return map(inside, g.dy, g.in(0), low, high);
      });
}

}  // namespace cinta
