#pragma once
// Special functions, elementwise. They keep the shape, and the dtype of floating tensors; int64 and
// bool become float32. Computed in double precision, to a few units in the last place of that
// (docs/accuracy.md); what is outside a function's domain is NaN.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

Tensor sinc(const Tensor& x, Site site = {});    ///< sin(pi x) / (pi x), 1 at 0
Tensor erfc(const Tensor& x, Site site = {});    ///< 1 - erf(x), exact where that is small
Tensor erfcx(const Tensor& x, Site site = {});   ///< exp(x^2) erfc(x), no underflow
Tensor erfinv(const Tensor& x, Site site = {});  ///< erf(erfinv(x)) = x; infinite at -1 and 1
/// log |gamma(x)|, its slope digamma, and the n-th slope of that, for n = 0, 1, ..., 170 (which may
/// be a tensor; it has no gradient).
Tensor lgamma(const Tensor& x, Site site = {});
Tensor digamma(const Tensor& x, Site site = {});
Tensor polygamma(const Operand& n, const Operand& x);
/// Modified Bessel functions of the first kind of order 0 and 1, and the same times exp(-|x|).
Tensor i0(const Tensor& x, Site site = {});
Tensor i0e(const Tensor& x, Site site = {});
Tensor i1(const Tensor& x, Site site = {});
Tensor i1e(const Tensor& x, Site site = {});
/// The share of a normal distribution that lies below x, its inverse and its logarithm.
Tensor ndtr(const Tensor& x, Site site = {});
Tensor ndtri(const Tensor& x, Site site = {});
Tensor log_ndtr(const Tensor& x, Site site = {});

Tensor logit(const Tensor& x, Site site = {});  ///< log(x / (1 - x)), exact near 1/2
/// The share of a gamma distribution of shape a >= 0 and rate 1 that lies below x >= 0, the
/// regularised incomplete gamma function, and the share above; each exact where it is small. For
/// gradients of second order in a, b, df, of these and the following; of a higher one they are NaN.
Tensor gammainc(const Operand& a, const Operand& x);
Tensor gammaincc(const Operand& a, const Operand& x);
/// The share of a beta distribution of a, b >= 0 below x in [0, 1], the regularised incomplete beta
/// function. For large parameters the time grows with the root of the larger one.
Tensor betainc(const Operand& a, const Operand& b, const Operand& x);
/// The share of Student's t distribution of df > 0 degrees of freedom below t.
Tensor stdtr(const Operand& df, const Operand& t);
/// -x log(x), a term of an entropy: 0 at 0, -infinity below.
Tensor entr(const Tensor& x, Site site = {});
/// x log(y) and x log(1 + y), 0 where x is 0 (unless y is NaN), as is then the slope in y. The
/// slope in x is the logarithm there, too.
Tensor xlogy(const Operand& x, const Operand& y);
Tensor xlog1py(const Operand& x, const Operand& y);

class Element;

/// The same of an element of `map`, found where an argument is one.
struct ElementSpecials {
  friend Element sinc(Element x);
  friend Element erfc(Element x);
  friend Element erfcx(Element x);
  friend Element erfinv(Element x);
  friend Element lgamma(Element x);
  friend Element digamma(Element x);
  friend Element polygamma(Element n, Element x);
  friend Element i0(Element x);
  friend Element i0e(Element x);
  friend Element i1(Element x);
  friend Element i1e(Element x);
  friend Element ndtr(Element x);
  friend Element ndtri(Element x);
  friend Element log_ndtr(Element x);
  friend Element logit(Element x);
  friend Element gammainc(Element a, Element x);
  friend Element gammaincc(Element a, Element x);
  friend Element betainc(Element a, Element b, Element x);
  friend Element stdtr(Element df, Element t);
  friend Element entr(Element x);
  friend Element xlogy(Element x, Element y);
  friend Element xlog1py(Element x, Element y);
};

}  // namespace cinta
#pragma GCC visibility pop
