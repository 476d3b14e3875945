#pragma once
// The incomplete gamma and beta functions, regularised, and their slopes in the parameters, in
// double precision. Errors are in docs/accuracy.md; NaN outside of the domain.

namespace cinta::kernels::special {

/// The share of a gamma distribution of shape a >= 0 and rate 1 below and above x >= 0.
double gammainc(double a, double x);
double gammaincc(double a, double x);
double gammainc_a(double a, double x);     ///< the slope of the first in a
double gammainc_aa(double a, double x);    ///< its second derivative there
double gamma_density(double a, double x);  ///< its slope in x

/// The share of a beta distribution of a, b >= 0 below x in [0, 1].
double betainc(double a, double b, double x);
double betainc_a(double a, double b, double x);
double betainc_b(double a, double b, double x);
double betainc_aa(double a, double b, double x);
double betainc_ab(double a, double b, double x);
double betainc_bb(double a, double b, double x);
double beta_density(double a, double b, double x);

/// The share of Student's t of n > 0 degrees of freedom below t.
double stdtr(double n, double t);
double stdtr_n(double n, double t);
double stdtr_nn(double n, double t);
double stdtr_density(double n, double t);

}  // namespace cinta::kernels::special
