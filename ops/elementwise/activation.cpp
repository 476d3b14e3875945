#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/activation.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

// f of the elements of x and of numbers, as an operation of this name.
template <class F, class... Number>
Tensor activation(const char* name, const F& f, const Tensor& x, const Site& site,
                  Number... numbers) {
  const Op op{name, site};
  detail::check_defined(op, {x});
  const Tensor floats = detail::floating(x, op.site);
  return detail::map(name, detail::program_of<1 + sizeof...(numbers), false>(f, op.site),
                     {Operand(floats, op.site), Operand(numbers, op.site)...});
}

void check_lambda(const char* name, double lambda, const Site& site) {
  if (lambda >= 0) return;
  throw ValueError(
      std::string(name) + ": lambda must not be negative, got " + detail::text_of(lambda), site);
}

// What is multiplied by a sigmoid of x: where that is 0 in float64, so is the product, at -infinity
// too.
Element not_too_low(Element x) { return maximum(x, -1000); }

}  // namespace

// Elements say that they are visible: g++ takes no visibility from what a class declares as
// friends.
#define CINTA_VISIBLE [[gnu::visibility("default")]]

// Above a point the value is x to the last bit, and infinity stays.
CINTA_VISIBLE Element silu(Element x) { return where(x > 1000, x, not_too_low(x) * sigmoid(x)); }
Tensor silu(const Tensor& x, Site site) {
  return activation(
      "silu", [](Element v) { return silu(v); }, x, site);
}

CINTA_VISIBLE Element mish(Element x) {
  return where(x > 1000, x, not_too_low(x) * tanh(softplus(x)));
}
Tensor mish(const Tensor& x, Site site) {
  return activation(
      "mish", [](Element v) { return mish(v); }, x, site);
}

// (1 + tanh(u)) / 2 is sigmoid(2 u), which loses nothing for negative u. 1.5957... is 2 sqrt(2 /
// pi).
CINTA_VISIBLE Element gelu_tanh(Element x) {
  const Element v = maximum(x, -100);
  return where(x > 100, x, v * sigmoid(1.59576912160573071176 * v * (1 + 0.044715 * square(v))));
}
Tensor gelu_tanh(const Tensor& x, Site site) {
  return activation(
      "gelu_tanh", [](Element v) { return gelu_tanh(v); }, x, site);
}

CINTA_VISIBLE Element logsigmoid(Element x) { return -softplus(-x); }
Tensor logsigmoid(const Tensor& x, Site site) {
  return activation(
      "logsigmoid", [](Element v) { return logsigmoid(v); }, x, site);
}

CINTA_VISIBLE Element softsign(Element x) {
  // Far out the slope is that of what is missing from 1, of which a quotient near 1 has no digits.
  const Element share = 1 / (1 + abs(x));
  return where(abs(x) < 1, x * share, sign(x) * (1 - share));
}
Tensor softsign(const Tensor& x, Site site) {
  return activation(
      "softsign", [](Element v) { return softsign(v); }, x, site);
}

CINTA_VISIBLE Element tanhshrink(Element x) { return x - tanh(x); }
Tensor tanhshrink(const Tensor& x, Site site) {
  return activation(
      "tanhshrink", [](Element v) { return tanhshrink(v); }, x, site);
}

Tensor glu(const Tensor& x, Axis axis, Site site) {
  const Op op{"glu", site};
  detail::check_defined(op, {x});
  const int at = normalize_axis("glu", axis, x.shape(), op.site);
  const std::int64_t size = x.shape()[at];
  if (size % 2 != 0) {
    throw ShapeError(
        "glu: axis " + std::to_string(at) + " of " + x.shape().str() + " has an odd size", op.site);
  }
  const Tensor in = detail::floating(x, op.site);
  const Tensor a = slice(in, at, 0, size / 2, 1, op.site);
  const Tensor b = slice(in, at, size / 2, size, 1, op.site);
  const auto f = [](Element u, Element v) { return u * sigmoid(v); };
  return detail::map("glu", detail::program_of<2, false>(f, op.site),
                     {Operand(a, op.site), Operand(b, op.site)});
}

CINTA_VISIBLE Element leaky_relu(Element x, Element negative_slope) {
  return where(x > 0, x, negative_slope * x);
}
Tensor leaky_relu(const Tensor& x, double negative_slope, Site site) {
  return activation(
      "leaky_relu", [](Element v, Element slope) { return leaky_relu(v, slope); }, x, site,
      negative_slope);
}

CINTA_VISIBLE Element prelu(Element x, Element weight) { return leaky_relu(x, weight); }
Tensor prelu(const Tensor& x, const Tensor& weight, Site site) {
  const Op op{"prelu", site};
  detail::check_defined(op, {x, weight});
  if (!is_floating(x.dtype()) || !is_floating(weight.dtype())) {
    throw DtypeError(std::string("prelu: x and weight must be floating, got ") +
                         name_of(x.dtype()) + " and " + name_of(weight.dtype()),
                     op.site);
  }
  const std::int64_t channels = x.rank() >= 2 ? x.shape()[1] : 1;
  if (weight.rank() > 1 || (weight.numel() != 1 && weight.numel() != channels)) {
    throw ShapeError("prelu: weight must have one element or " + std::to_string(channels) +
                         ", one for each channel of x " + x.shape().str() + ", got " +
                         weight.shape().str(),
                     op.site);
  }
  Shape aligned = Shape::filled(weight.numel() == 1 ? 0 : x.rank() - 1, 1);
  if (aligned.rank() > 0) aligned[0] = channels;
  const auto& program = detail::program_of<2, false>(
      [](Element v, Element slope) { return leaky_relu(v, slope); }, op.site);
  return detail::map(op.name, program,
                     {Operand(x, op.site), Operand(reshape(weight, aligned, op.site), op.site)});
}

CINTA_VISIBLE Element elu(Element x, Element alpha) { return where(x > 0, x, alpha * expm1(x)); }
Tensor elu(const Tensor& x, double alpha, Site site) {
  return activation(
      "elu", [](Element v, Element a) { return elu(v, a); }, x, site, alpha);
}

CINTA_VISIBLE Element celu(Element x, Element alpha) {
  return where(x > 0, x, alpha * expm1(x / alpha));
}
Tensor celu(const Tensor& x, double alpha, Site site) {
  if (alpha == 0) throw ValueError("celu: alpha must not be 0", SiteScope::resolve(site));
  return activation(
      "celu", [](Element v, Element a) { return celu(v, a); }, x, site, alpha);
}

CINTA_VISIBLE Element selu(Element x) {
  return 1.0507009873554804934193 * elu(x, 1.6732632423543772848170);
}
Tensor selu(const Tensor& x, Site site) {
  return activation(
      "selu", [](Element v) { return selu(v); }, x, site);
}

// With NaN, for which no comparison holds, in the last piece.
CINTA_VISIBLE Element hardtanh(Element x, Element low, Element high) {
  return where(x <= low, low, where(x >= high, high, x));
}
Tensor hardtanh(const Tensor& x, double low, double high, Site site) {
  if (!(low <= high)) {
    throw ValueError(
        "hardtanh: low " + detail::text_of(low) + " is above high " + detail::text_of(high),
        SiteScope::resolve(site));
  }
  return activation(
      "hardtanh", [](Element v, Element a, Element b) { return hardtanh(v, a, b); }, x, site, low,
      high);
}

CINTA_VISIBLE Element relu6(Element x) { return hardtanh(x, 0, 6); }
Tensor relu6(const Tensor& x, Site site) {
  return activation(
      "relu6", [](Element v) { return relu6(v); }, x, site);
}

CINTA_VISIBLE Element hardsigmoid(Element x) {
  return where(x <= -3, 0, where(x >= 3, 1, (x + 3) / 6));
}
Tensor hardsigmoid(const Tensor& x, Site site) {
  return activation(
      "hardsigmoid", [](Element v) { return hardsigmoid(v); }, x, site);
}

CINTA_VISIBLE Element hardswish(Element x) {
  return where(x <= -3, 0, where(x >= 3, x, x * (x + 3) / 6));
}
Tensor hardswish(const Tensor& x, Site site) {
  return activation(
      "hardswish", [](Element v) { return hardswish(v); }, x, site);
}

CINTA_VISIBLE Element hardshrink(Element x, Element lambda) {
  return where(abs(x) <= lambda, 0, x);
}
Tensor hardshrink(const Tensor& x, double lambda, Site site) {
  check_lambda("hardshrink", lambda, SiteScope::resolve(site));
  return activation(
      "hardshrink", [](Element v, Element l) { return hardshrink(v, l); }, x, site, lambda);
}

CINTA_VISIBLE Element softshrink(Element x, Element lambda) {
  return where(abs(x) <= lambda, 0, x - lambda * sign(x));
}
Tensor softshrink(const Tensor& x, double lambda, Site site) {
  check_lambda("softshrink", lambda, SiteScope::resolve(site));
  return activation(
      "softshrink", [](Element v, Element l) { return softshrink(v, l); }, x, site, lambda);
}

CINTA_VISIBLE Element threshold(Element x, Element limit, Element value) {
  return where(x <= limit, value, x);
}
Tensor threshold(const Tensor& x, double limit, double value, Site site) {
  return activation(
      "threshold", [](Element v, Element l, Element r) { return threshold(v, l, r); }, x, site,
      limit, value);
}

#undef CINTA_VISIBLE

}  // namespace cinta
