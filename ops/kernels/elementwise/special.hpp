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

}  // namespace cinta::kernels::special
