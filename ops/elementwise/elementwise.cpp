#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/function_op.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/elementwise/special.hpp>
#include <cinta/ops/kernels/elementwise/relu_mask.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::FunctionRule;
using kernels::Function;

// Elements from which on relu keeps bits for its rule and not its result: that is half a layer's
// memory where the result is not kept otherwise, as before a dropout, and one pass more.
constexpr std::int64_t worth_bits = 16 * 1024;

// Where x is not 0 or negative, in bits.
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

template <Function f>
Tensor unary(const char* name, const Tensor& x, const Site& site) {
  if constexpr (f == Function::relu) {
    if (x.defined() && x.numel() >= worth_bits && detail::should_record({x}, x.dtype())) {
      return apply(
          {name, Save::input(1), site}, {x, relu_mask(x)}, x.spec(),
          [](const Inputs& in, const Tensor& y) { kernels::elementwise(f, y, in[0]); },
          [](const Grad& g) { return apply_relu_mask(g.dy, g.in(1)); }, no_gradient);
    }
  }
  return detail::unary<f>(name, x, site);
}

}  // namespace

// Each function of the table, of tensors and of the elements of `map`. The latter say that they are
// visible: g++ takes no visibility from what a class declares as friends.
#define CINTA_FUNCTION1(name, ...)                                                          \
  Tensor name(const Tensor& x, Site site) { return unary<Function::name>(#name, x, site); } \
  [[gnu::visibility("default")]] Element name(Element x) {                                  \
    return detail::Expression::emit(Function::name, x);                                     \
  }
#define CINTA_FUNCTION2(name, ...)                                                          \
  Tensor name(Operand a, Operand b) { return detail::binary<Function::name>(#name, a, b); } \
  [[gnu::visibility("default")]] Element name(Element a, Element b) {                       \
    return detail::Expression::emit(Function::name, a, b);                                  \
  }
#define CINTA_OPERATOR1(...)
#define CINTA_OPERATOR2(...)
#define CINTA_OPERATOR3(...)
#include <cinta/ops/kernels/elementwise/functions.inl>

Tensor div(Operand a, Operand b, Rounding rounding) {
  return rounding == Rounding::floor
             ? detail::binary<Function::floor_quotient>("floor_divide", a, b)
             : detail::binary<Function::trunc_quotient>("trunc_divide", a, b);
}

[[gnu::visibility("default")]] Element softplus(Element x) {
  return detail::Expression::emit(Function::softplus, x);
}
Tensor softplus(const Tensor& x, double beta, Site site) {
  if (beta == 1) return detail::unary<Function::softplus>("softplus", x, site);
  const Op op{"softplus", site};
  detail::check_defined(op, {x});
  if (beta == 0) throw ValueError("softplus: beta must not be 0", op.site);
  const Tensor in = detail::floating(x, op.site);
  const auto f = [](Element v, Element b) { return softplus(b * v) / b; };
  return detail::map("softplus", detail::program_of<2, false>(f, op.site),
                     {Operand(in, op.site), Operand(beta, op.site)});
}

Tensor nan_to_num(const Tensor& x, NanToNumOptions options, Site site) {
  const Op op{"nan_to_num", site};
  detail::check_defined(op, {x});
  const Tensor in = detail::floating(x, op.site);
  const double largest = in.dtype() == float32 ? double(std::numeric_limits<float>::max())
                                               : std::numeric_limits<double>::max();
  const auto f = [](Element v, Element nan, Element high, Element low) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    return where(v != v, nan, where(v == infinity, high, where(v == -infinity, low, v)));
  };
  return detail::map("nan_to_num", detail::program_of<4, false>(f, op.site),
                     {Operand(in, op.site), Operand(options.nan, op.site),
                      Operand(options.posinf.value_or(largest), op.site),
                      Operand(options.neginf.value_or(-largest), op.site)});
}

Tensor clamp(const Tensor& x, Operand low, Operand high) {
  const Op op{"clamp", low.site()};
  detail::check_defined(op, {x});
  const Tensor in = detail::floating(x, op.site);
  const auto f = [](Element v, Element a, Element b) { return clamp(v, a, b); };
  return detail::map("clamp", detail::program_of<3, false>(f, op.site),
                     {Operand(in, op.site), low, high});
}

Tensor clamp(const Tensor& x, double low, double high, Site site) {
  if (!(low <= high)) {
    throw ValueError(
        "clamp: low " + detail::text_of(low) + " is above high " + detail::text_of(high), site);
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
        return FunctionRule(Function::clamp, 0, {std::nullopt, low, high})(g);
      });
}

}  // namespace cinta
