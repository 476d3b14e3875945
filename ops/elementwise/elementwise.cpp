#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/function_op.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/elementwise/relu_mask.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>

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
