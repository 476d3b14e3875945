#pragma once
// Special functions of numbers, in double precision. Errors are a few units in the last place;
// sources stand beside the formulas.

namespace cinta::kernels::special {

double erfcx(double x);                ///< exp(x^2) erfc(x)
double erfinv(double y);               ///< erf(erfinv(y)) = y; NaN outside [-1, 1]
double ndtr(double x);                 ///< the share of a normal distribution below x
double ndtri(double p);                ///< its inverse; NaN outside [0, 1]
double log_ndtr(double x);             ///< log(ndtr(x))
double lgamma(double x);               ///< log |gamma(x)|
double digamma(double x);              ///< its slope; NaN at 0, -1, -2, ... (-inf at 0, inf at -0)
double polygamma(double n, double x);  ///< the n-th slope of digamma, n = 0, 1, ...; else NaN
double sinc(double x);                 ///< sin(pi x) / (pi x), 1 at 0
double logit(double p);                ///< log(p / (1 - p))
double remainder(double a, double b);  ///< a - floor(a / b) b, with the sign of b
/// floor(a / b) of the exact quotient, not of the rounded one; as NumPy's and Python's NaN for an
/// infinite a.
double floor_quotient(double a, double b);

}  // namespace cinta::kernels::special
