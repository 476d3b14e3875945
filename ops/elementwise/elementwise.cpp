#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
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

Tensor relu_of_bits(const char* name, const Tensor& x, const Site& site) {
  return apply(
      {name, Save::input(1), site}, {x, relu_mask(x)}, x.spec(),
      [](const Inputs& in, const Tensor& y) { kernels::elementwise(Function::relu, y, in[0]); },
      [](const Grad& g) { return apply_relu_mask(g.dy, g.in(1)); }, no_gradient);
}

Tensor unary(Function f, const char* name, const Tensor& x, const Site& site) {
  if (f == Function::relu && x.defined() && x.numel() >= worth_bits &&
      detail::should_record({x}, x.dtype()))
    return relu_of_bits(name, x, site);
  return detail::unary(f, name, x, site);
}

}  // namespace

// Each function of the table, of tensors and of the elements of `map`. The latter say that they are
// visible: g++ takes no visibility from what a class declares as friends.
#define CINTA_FUNCTION1(name, ...)                                                          \
  Tensor name(const Tensor& x, Site site) { return unary(Function::name, #name, x, site); } \
  [[gnu::visibility("default")]] Element name(Element x) {                                  \
    return detail::Expression::emit(Function::name, x);                                     \
  }
#define CINTA_FUNCTION2(name, ...)                                    \
  Tensor name(const Operand& a, const Operand& b) {                   \
    return detail::binary(Function::name, #name, a, b);               \
  }                                                                   \
  [[gnu::visibility("default")]] Element name(Element a, Element b) { \
    return detail::Expression::emit(Function::name, a, b);            \
  }
#define CINTA_OPERATOR1(...)
#define CINTA_OPERATOR2(...)
#define CINTA_OPERATOR3(...)
#include <cinta/ops/kernels/elementwise/functions.inl>

[[gnu::visibility("default")]] Element div(Element a, Element b, Rounding rounding) {
  return detail::Expression::emit(
      rounding == Rounding::floor ? Function::floor_quotient : Function::trunc_quotient, a, b);
}
Tensor div(const Operand& a, const Operand& b, Rounding rounding) {
  return rounding == Rounding::floor ? detail::binary(Function::floor_quotient, "div", a, b)
                                     : detail::binary(Function::trunc_quotient, "div", a, b);
}

[[gnu::visibility("default")]] Element softplus(Element x) {
  return detail::Expression::emit(Function::softplus, x);
}
[[gnu::visibility("default")]] Element softplus(Element x, Element beta) {
  const Element u = beta * x;
  return where(u > 1000, x, softplus(u) / beta);  // u may be beyond the range, x is not
}
Tensor softplus(const Tensor& x, double beta, Site site) {
  if (beta == 1) return detail::unary(Function::softplus, "softplus", x, site);
  const Op op{"softplus", site};
  detail::check_defined(op, {x});
  if (beta == 0) throw ValueError("softplus: beta must not be 0", op.site);
  const Tensor in = detail::floating(x, op.site);
  const auto f = [](Element v, Element b) { return softplus(v, b); };
  return detail::map("softplus", detail::program_of<2, false>(f, op.site),
                     {Operand(in, op.site), Operand(beta, op.site)});
}

[[gnu::visibility("default")]] Element betainc(Element a, Element b, Element x) {
  return detail::Expression::emit(Function::betainc, a, b, x);
}
Tensor betainc(const Operand& a, const Operand& b, const Operand& x) {
  const Site site = SiteScope::resolve(a.site());
  const auto f = [](Element p, Element q, Element v) { return betainc(p, q, v); };
  return detail::map("betainc", detail::program_of<3, false>(f, site), {a, b, x});
}

[[gnu::visibility("default")]] Element nan_to_num(Element x, Element nan, Element posinf,
                                                  Element neginf) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return where(isnan(x), nan, where(x == infinity, posinf, where(x == -infinity, neginf, x)));
}
Tensor nan_to_num(const Tensor& x, NanToNumOptions options, Site site) {
  const Op op{"nan_to_num", site};
  detail::check_defined(op, {x});
  if (!is_floating(x.dtype())) return clone(x, op.site);
  const double largest = x.dtype() == float32 ? double(std::numeric_limits<float>::max())
                                              : std::numeric_limits<double>::max();
  const auto f = [](Element v, Element nan, Element high, Element low) {
    return nan_to_num(v, nan, high, low);
  };
  return detail::map("nan_to_num", detail::program_of<4, false>(f, op.site),
                     {Operand(x, op.site), Operand(options.nan, op.site),
                      Operand(options.posinf.value_or(largest), op.site),
                      Operand(options.neginf.value_or(-largest), op.site)});
}

namespace {

Tensor clamp_to_numbers(const Tensor& x, const Number& low, const Number& high, Dtype dtype,
                        const Site& site) {
  const double least = low.as<double>(), most = high.as<double>();
  if (!(least <= most)) {
    throw ValueError(
        "clamp: low " + detail::text_of(least) + " is above high " + detail::text_of(most), site);
  }
  const Tensor in = to(x, dtype, site);
  return apply(
      {"clamp", Save::inputs(), site, {{"low", least}, {"high", most}}}, {in}, in.spec(),
      [low, high](const Inputs& inputs, const Tensor& y) {
        kernels::elementwise(Function::clamp, y, inputs[0], detail::scalar(low, y.dtype()),
                             detail::scalar(high, y.dtype()));
      },
      [least, most](const Grad& g) {
        return FunctionRule(Function::clamp, 0, {std::nullopt, least, most})(g);
      });
}

}  // namespace

Tensor clamp(const Tensor& x, const Operand& low, const Operand& high) {
  const Op op{"clamp", low.site()};
  detail::check_defined(op, {x});
  Dtype dtype = promote(x.dtype(), int64);
  for (const Operand* bound : {&low, &high}) {
    if (!bound->is_number() && !bound->tensor().defined())
      throw ValueError("clamp: a bound is an undefined tensor", op.site);
    dtype = promote(dtype, bound->is_number() ? bound->kind() : bound->tensor().dtype());
  }
  if (low.is_number() && high.is_number())
    return clamp_to_numbers(x, low.number(), high.number(), dtype, op.site);
  const OpScope scope(op);
  if (!is_floating(dtype)) return minimum({maximum({x, op.site}, low), op.site}, high);
  const Tensor in = to(x, dtype, op.site);
  const auto f = [](Element v, Element a, Element b) { return clamp(v, a, b); };
  return detail::map("clamp", detail::program_of<3, false>(f, op.site),
                     {Operand(in, op.site), low, high});
}

}  // namespace cinta
