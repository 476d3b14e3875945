#pragma once
// Elementwise functions. Those of one tensor keep the shape, and the dtype of floating tensors;
// int64 and bool become float32 unless said otherwise.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

Tensor exp(const Tensor& x, Site site = {});
Tensor exp2(const Tensor& x, Site site = {});   ///< 2 to the power x
Tensor expm1(const Tensor& x, Site site = {});  ///< exp(x) - 1, exact for small x
Tensor log(const Tensor& x, Site site = {});    ///< natural logarithm; -inf at 0, NaN below
Tensor log2(const Tensor& x, Site site = {});   ///< logarithm to the base 2
Tensor log1p(const Tensor& x, Site site = {});  ///< log(1 + x), exact for small x
Tensor sqrt(const Tensor& x, Site site = {});   ///< NaN below 0; slope inf at 0
Tensor sin(const Tensor& x, Site site = {});
Tensor cos(const Tensor& x, Site site = {});
Tensor tanh(const Tensor& x, Site site = {});
Tensor sigmoid(const Tensor& x, Site site = {});   ///< 1 / (1 + exp(-x)), no overflow
Tensor softplus(const Tensor& x, Site site = {});  ///< log(1 + exp(x)), no overflow
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

/// x limited to [low, high]; the slope is 1 inside, at the bounds and at NaN, 0 outside. Throws
/// ValueError if low > high.
Tensor clamp(const Tensor& x, double low, double high, Site site = {});

/// The larger (smaller) of two, broadcast and promoted; NaN if either is. Where equal, each gets
/// half of the gradient; where NaN, those that are NaN get it.
Tensor maximum(Operand a, Operand b);
Tensor minimum(Operand a, Operand b);

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
  friend Element tanh(Element x);
  friend Element sigmoid(Element x);
  friend Element softplus(Element x);
  friend Element erf(Element x);
  friend Element gelu(Element x);
  friend Element relu(Element x);
  friend Element abs(Element x);
  friend Element sign(Element x);
  friend Element square(Element x);
  friend Element clamp(Element x, Element low, Element high);  ///< no gradient for the bounds
  friend Element maximum(Element a, Element b);
  friend Element minimum(Element a, Element b);
};

}  // namespace cinta
#pragma GCC visibility pop
