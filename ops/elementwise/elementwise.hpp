#pragma once
// Elementwise functions. Those of one tensor keep the shape, and the dtype of floating tensors;
// int64 and bool become float32 unless said otherwise.

#include <cinta/ops/operand.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

Tensor exp(const Tensor& x, Site site = {});
Tensor exp2(const Tensor& x, Site site = {});        ///< 2 to the power x
Tensor expm1(const Tensor& x, Site site = {});       ///< exp(x) - 1, exact for small x
Tensor log(const Tensor& x, Site site = {});         ///< natural logarithm; -inf at 0, NaN below
Tensor log2(const Tensor& x, Site site = {});        ///< logarithm to the base 2
Tensor log1p(const Tensor& x, Site site = {});       ///< log(1 + x), exact for small x
Tensor sqrt(const Tensor& x, Site site = {});        ///< NaN below 0; slope inf at 0
Tensor log10(const Tensor& x, Site site = {});       ///< logarithm to the base 10
Tensor rsqrt(const Tensor& x, Site site = {});       ///< 1 / sqrt(x)
Tensor reciprocal(const Tensor& x, Site site = {});  ///< 1 / x
Tensor deg2rad(const Tensor& x, Site site = {});     ///< x pi / 180
Tensor rad2deg(const Tensor& x, Site site = {});     ///< x 180 / pi
Tensor sin(const Tensor& x, Site site = {});
Tensor cos(const Tensor& x, Site site = {});
Tensor tan(const Tensor& x, Site site = {});
Tensor asin(const Tensor& x, Site site = {});
Tensor acos(const Tensor& x, Site site = {});
Tensor atan(const Tensor& x, Site site = {});
Tensor sinh(const Tensor& x, Site site = {});
Tensor cosh(const Tensor& x, Site site = {});
Tensor asinh(const Tensor& x, Site site = {});
Tensor acosh(const Tensor& x, Site site = {});
Tensor atanh(const Tensor& x, Site site = {});
Tensor tanh(const Tensor& x, Site site = {});
Tensor sigmoid(const Tensor& x, Site site = {});  ///< 1 / (1 + exp(-x)), no overflow
/// log(1 + exp(beta x)) / beta, no overflow. Throws ValueError for a beta of 0.
Tensor softplus(const Tensor& x, double beta = 1, Site site = {});
/// The error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
Tensor erf(const Tensor& x, Site site = {});
/// x (1 + erf(x / sqrt(2))) / 2, exactly and not by tanh. D. Hendrycks, K. Gimpel, Gaussian Error
/// Linear Units, 2016.
Tensor gelu(const Tensor& x, Site site = {});
/// max(x, 0), any numeric dtype; the slope at 0 is 0. NaN stays NaN and has slope 1.
Tensor relu(const Tensor& x, Site site = {});
/// |x|, any numeric dtype; the slope at 0 is 0, at NaN NaN.
Tensor abs(const Tensor& x, Site site = {});
/// -1, 0 or 1, any numeric dtype; the gradient is 0.
Tensor sign(const Tensor& x, Site site = {});
Tensor square(const Tensor& x, Site site = {});  ///< x * x, any numeric dtype

// Whole numbers, any numeric dtype; the gradient is 0.

Tensor floor(const Tensor& x, Site site = {});  ///< the largest one that is not above x
Tensor ceil(const Tensor& x, Site site = {});   ///< the smallest one that is not below x
Tensor round(const Tensor& x, Site site = {});  ///< the nearest one, of two the even one
Tensor trunc(const Tensor& x, Site site = {});  ///< the nearest one towards 0
Tensor frac(const Tensor& x, Site site = {});   ///< x - trunc(x), with slope 1

/// The remainder of a / b with the sign of a (fmod) or of b (remainder, as Python's %), any numeric
/// dtype, broadcast and promoted; of whole numbers by 0 it is 0. The slope in a is 1, in b minus
/// the whole quotient.
Tensor fmod(const Operand& a, const Operand& b);
Tensor remainder(const Operand& a, const Operand& b);

/// How div makes a whole number of a quotient.
enum class Rounding { trunc, floor };
/// a / b rounded towards 0 or down, any numeric dtype; whole numbers stay so and by 0 give 0. The
/// gradient is 0.
Tensor div(const Operand& a, const Operand& b, Rounding rounding);

/// The angle of the point (b, a), in (-pi, pi]; the slope at (0, 0) is 0.
Tensor atan2(const Operand& a, const Operand& b);
/// sqrt(a^2 + b^2), no overflow; the slope at (0, 0) is 0.
Tensor hypot(const Operand& a, const Operand& b);
/// |a| with the sign of b. The slope in a is 0 at 0, in b 0.
Tensor copysign(const Operand& a, const Operand& b);

/// x with numbers for NaN and the infinities, by default 0 and the largest ones of the dtype. The
/// slope is 1, and 0 where something was replaced. int64 and bool stay as they are.
struct NanToNumOptions {
  double nan = 0;
  std::optional<double> posinf = {}, neginf = {};
};
Tensor nan_to_num(const Tensor& x, NanToNumOptions options = {}, Site site = {});

/// x limited to [low, high], broadcast and promoted: whole numbers between whole numbers stay
/// int64. The slope in x is 1 inside, at the bounds and at NaN, 0 outside. Tensors that are bounds
/// get the gradient of what they replace; high where low is above it. NaN wins, in x before high,
/// in high before low. Throws ValueError for two numbers of which low > high.
Tensor clamp(const Tensor& x, const Operand& low, const Operand& high);

/// The larger (smaller) of two, broadcast and promoted; NaN if either is. Where equal, each gets
/// half of the gradient; where NaN, those that are NaN get it.
Tensor maximum(const Operand& a, const Operand& b);
Tensor minimum(const Operand& a, const Operand& b);
/// The same, but the other one where one is NaN, which then has no gradient.
Tensor fmax(const Operand& a, const Operand& b);
Tensor fmin(const Operand& a, const Operand& b);

class Element;

/// The same of an element of `map`, found where an argument is one.
struct ElementFunctions {
  friend Element exp(Element x);
  friend Element exp2(Element x);
  friend Element expm1(Element x);
  friend Element log(Element x);
  friend Element log2(Element x);
  friend Element log1p(Element x);
  friend Element sqrt(Element x);
  friend Element sin(Element x);
  friend Element cos(Element x);
  friend Element log10(Element x);
  friend Element rsqrt(Element x);
  friend Element reciprocal(Element x);
  friend Element deg2rad(Element x);
  friend Element rad2deg(Element x);
  friend Element tan(Element x);
  friend Element asin(Element x);
  friend Element acos(Element x);
  friend Element atan(Element x);
  friend Element sinh(Element x);
  friend Element cosh(Element x);
  friend Element asinh(Element x);
  friend Element acosh(Element x);
  friend Element atanh(Element x);
  friend Element floor(Element x);
  friend Element ceil(Element x);
  friend Element round(Element x);
  friend Element trunc(Element x);
  friend Element frac(Element x);
  friend Element tanh(Element x);
  friend Element sigmoid(Element x);
  friend Element softplus(Element x);
  friend Element softplus(Element x, Element beta);
  friend Element erf(Element x);
  friend Element gelu(Element x);
  friend Element relu(Element x);
  friend Element abs(Element x);
  friend Element sign(Element x);
  friend Element square(Element x);
  friend Element clamp(Element x, Element low, Element high);
  friend Element maximum(Element a, Element b);
  friend Element minimum(Element a, Element b);
  friend Element fmax(Element a, Element b);
  friend Element fmin(Element a, Element b);
  friend Element fmod(Element a, Element b);
  friend Element remainder(Element a, Element b);
  friend Element atan2(Element a, Element b);
  friend Element hypot(Element a, Element b);
  friend Element copysign(Element a, Element b);
  friend Element div(Element a, Element b, Rounding rounding);
  /// With all three numbers, since an element has no dtype whose largest ones could be meant.
  friend Element nan_to_num(Element x, Element nan, Element posinf, Element neginf);
};

}  // namespace cinta
#pragma GCC visibility pop
