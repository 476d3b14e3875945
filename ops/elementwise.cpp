#include <cinta/autograd/error.hpp>
#include <cinta/ops/arithmetic.hpp>
#include <cinta/ops/comparison.hpp>
#include <cinta/ops/convert.hpp>
#include <cinta/ops/elementwise.hpp>
#include <cinta/ops/kernels/map.hpp>

namespace cinta {
namespace {

using kernels::map;

// An operation f on floating elements; ints are converted first.
template <class F, class Rule>
Tensor unary(const char* name, Save save, const Tensor& x, const Site& site, F f, Rule rule) {
  if (!x.defined()) detail::check_defined({name, save, site}, {x});
  const Tensor in = detail::floating(x, site);
  return apply(
      {name, save, site}, {in}, in.spec(),
      [f](const Inputs& inputs, const Tensor& y) {
        dispatch_floating(y.dtype(), [&]<class T>() { map<T, T>(y, f, inputs[0]); });
      },
      rule);
}

// The same for operations that integers can do as well; bool counts as int64.
template <class F, class Rule>
Tensor unary_numeric(const char* name, Save save, const Tensor& x, const Site& site, F f,
                     Rule rule) {
  if (!x.defined()) detail::check_defined({name, save, site}, {x});
  const Tensor in = x.dtype() == boolean ? to(x, int64, site) : x;
  return apply(
      {name, save, site}, {in}, in.spec(),
      [f](const Inputs& inputs, const Tensor& y) {
        dispatch(y.dtype(), [&]<class T>() {
          if constexpr (!std::is_same_v<T, bool>) map<T, T>(y, f, inputs[0]);
        });
      },
      rule);
}

// f(dy, saved) in one pass, for rules that nobody differentiates.
template <class F>
Tensor fused(const Tensor& dy, const Tensor& saved, F f) {
  Tensor dx = empty(dy.shape(), dy.dtype());
  dispatch_floating(dy.dtype(), [&]<class T>() { map<T, T>(dx, f, dy, saved); });
  return dx;
}

}  // namespace

Tensor exp(const Tensor& x, Site site) {
  return unary(
      "exp", Save::output(), x, site, [](auto v) { return kernels::exp(v); },
      [](const Grad& g) { return g.dy * g.out(); });
}

Tensor log(const Tensor& x, Site site) {
  return unary(
      "log", Save::inputs(), x, site, [](auto v) { return kernels::log(v); },
      [](const Grad& g) { return g.dy / g.in(0); });
}

Tensor log1p(const Tensor& x, Site site) {
  return unary(
      "log1p", Save::inputs(), x, site, [](auto v) { return kernels::log1p(v); },
      [](const Grad& g) { return g.dy / (1 + g.in(0)); });
}

Tensor sqrt(const Tensor& x, Site site) {
  return unary(
      "sqrt", Save::output(), x, site, [](auto v) { return kernels::sqrt(v); },
      [](const Grad& g) { return g.dy / (2 * g.out()); });
}

Tensor sin(const Tensor& x, Site site) {
  return unary(
      "sin", Save::inputs(), x, site, [](auto v) { return kernels::sin(v); },
      [](const Grad& g) { return g.dy * cos(g.in(0)); });
}

Tensor cos(const Tensor& x, Site site) {
  return unary(
      "cos", Save::inputs(), x, site, [](auto v) { return kernels::cos(v); },
      [](const Grad& g) { return -(g.dy * sin(g.in(0))); });
}

Tensor tanh(const Tensor& x, Site site) {
  return unary(
      "tanh", Save::output(), x, site, [](auto v) { return kernels::tanh(v); },
      [](const Grad& g) {
        if (GradMode::enabled()) return g.dy * (1 - square(g.out()));
        return fused(g.dy, g.out(), [](auto dy, auto y) { return dy * (decltype(y)(1) - y * y); });
      });
}

Tensor sigmoid(const Tensor& x, Site site) {
  return unary(
      "sigmoid", Save::output(), x, site,
      // exp of a negative number cannot overflow; both halves are exact there.
      [](auto v) {
        using V = decltype(v);
        const V e = kernels::exp(-kernels::abs(v));
        return kernels::select(v < V(0), e, V(1)) / (V(1) + e);
      },
      [](const Grad& g) {
        if (GradMode::enabled()) return g.dy * (g.out() * (1 - g.out()));
        return fused(g.dy, g.out(),
                     [](auto dy, auto y) { return dy * (y * (decltype(y)(1) - y)); });
      });
}

Tensor softplus(const Tensor& x, Site site) {
  return unary(
      "softplus", Save::inputs(), x, site,
      [](auto v) {
        using V = decltype(v);
        return kernels::max(v, V(0)) + kernels::log1p(kernels::exp(-kernels::abs(v)));
      },
      [](const Grad& g) { return g.dy * sigmoid(g.in(0)); });
}

Tensor relu(const Tensor& x, Site site) {
  return unary_numeric(
      "relu", Save::output(), x, site,
      // Written so that NaN, which compares false, stays.
      [](auto v) { return kernels::select(v <= decltype(v)(0), decltype(v)(0), v); },
      [](const Grad& g) {
        if (GradMode::enabled()) return where(gt(g.out(), 0), g.dy, 0.0);
        return fused(g.dy, g.out(), [](auto dy, auto y) {
          return kernels::select(y > decltype(y)(0), dy, decltype(dy)(0));
        });
      });
}

Tensor abs(const Tensor& x, Site site) {
  return unary_numeric(
      "abs", Save::inputs(), x, site, [](auto v) { return kernels::abs(v); },
      [](const Grad& g) { return g.dy * sign(g.in(0)); });
}

Tensor sign(const Tensor& x, Site site) {
  return unary_numeric(
      "sign", Save::nothing(), x, site,
      [](auto v) {
        using V = decltype(v);
        return kernels::select(v > V(0), V(1), kernels::select(v < V(0), V(-1), v));
      },
      [](const Grad& g) { return g.dy * 0.0; });
}

Tensor square(const Tensor& x, Site site) {
  return unary_numeric(
      "square", Save::inputs(), x, site, [](auto v) { return v * v; },
      [](const Grad& g) { return g.dy * (2 * g.in(0)); });
}

Tensor clamp(const Tensor& x, double low, double high, Site site) {
  if (!(low <= high)) {
    throw ValueError("clamp: low " + std::to_string(low) + " is above high " + std::to_string(high),
                     site);
  }
  return unary(
      "clamp", Save::inputs(), x, site,
      [low, high](auto v) {
        using V = decltype(v);
        return kernels::select(v < V(low), V(low), kernels::select(v > V(high), V(high), v));
      },
      [low, high](const Grad& g) {
        const Tensor inside = logical_and(ge(g.in(0), low), le(g.in(0), high));
        return where(inside, g.dy, 0.0);
      });
}

}  // namespace cinta
