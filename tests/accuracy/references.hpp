#pragma once
// The right values of the elementary functions, by MPFR: y becomes what a function of a is, and of
// b where it has a second argument.

#include <mpfr.h>

#include <algorithm>
#include <cmath>

namespace accuracy {

inline constexpr mpfr_prec_t precision = 256;  // enough for differences such as erf's far tail

class Number {
 public:
  Number() { mpfr_init2(value_, precision); }
  explicit Number(double x) : Number() { mpfr_set_d(value_, x, MPFR_RNDN); }
  Number(const Number&) = delete;
  ~Number() { mpfr_clear(value_); }
  operator mpfr_ptr() { return value_; }

 private:
  mpfr_t value_;
};

using Reference = void (*)(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b);

// A function of MPFR that has one argument.
template <int (*f)(mpfr_ptr, mpfr_srcptr, mpfr_rnd_t)>
void one(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  f(y, a, MPFR_RNDN);
}

inline void sigmoid(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  mpfr_neg(y, a, MPFR_RNDN);
  mpfr_exp(y, y, MPFR_RNDN);
  mpfr_add_ui(y, y, 1, MPFR_RNDN);
  mpfr_ui_div(y, 1, y, MPFR_RNDN);
}

inline void softplus(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_cmp_ui(a, 1000) > 0) {  // where the exponential is out of MPFR's range in the end
    mpfr_set(y, a, MPFR_RNDN);
    return;
  }
  mpfr_exp(y, a, MPFR_RNDN);
  mpfr_log1p(y, y, MPFR_RNDN);
}

inline void gelu(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_inf_p(a)) {
    mpfr_sgn(a) > 0 ? (void)mpfr_set(y, a, MPFR_RNDN) : mpfr_set_zero(y, -1);
    return;
  }
  Number root(0.5);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_mul(y, a, root, MPFR_RNDN);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(y, y, MPFR_RNDN);
  mpfr_mul(y, y, a, MPFR_RNDN);
  mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}

// log(1 + exp(a)) for the target 0, which is -log(sigmoid(-a)), and log(1 + exp(-a)) for 1.
inline void logistic_loss(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  if (mpfr_sgn(b) != 0) mpfr_neg(a, a, MPFR_RNDN);
  softplus(y, a, b);
}

// sigmoid(a) for the target 0, -sigmoid(-a) for 1.
inline void logistic_slope(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  const bool target = mpfr_sgn(b) != 0;
  if (target) mpfr_neg(a, a, MPFR_RNDN);
  sigmoid(y, a, b);
  if (target) mpfr_neg(y, y, MPFR_RNDN);
}

inline void log10(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) { mpfr_log10(y, a, MPFR_RNDN); }

// y times a power of e, or the square root of a number over 2.
inline void times_exp(mpfr_ptr y, mpfr_ptr exponent) {
  Number factor;
  mpfr_exp(factor, exponent, MPFR_RNDN);
  mpfr_mul(y, y, factor, MPFR_RNDN);
}
inline void over_root_2(mpfr_ptr y, mpfr_ptr a) {
  Number root(0.5);
  mpfr_sqrt(root, root, MPFR_RNDN);
  mpfr_mul(y, a, root, MPFR_RNDN);
}

inline void erfcx(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_cmp_d(a, 2e4) > 0) {  // 1 / (a root(pi)) (1 - 1 / (2 a^2) + 3 / (4 a^4))
    Number t, root;
    mpfr_sqr(t, a, MPFR_RNDN);
    mpfr_ui_div(t, 1, t, MPFR_RNDN);
    mpfr_mul_d(y, t, 0.75, MPFR_RNDN);
    mpfr_sub_d(y, y, 0.5, MPFR_RNDN);
    mpfr_mul(y, y, t, MPFR_RNDN);
    mpfr_add_ui(y, y, 1, MPFR_RNDN);
    mpfr_const_pi(root, MPFR_RNDN);
    mpfr_sqrt(root, root, MPFR_RNDN);
    mpfr_div(y, y, root, MPFR_RNDN);
    mpfr_div(y, y, a, MPFR_RNDN);
    return;
  }
  Number square;
  mpfr_sqr(square, a, MPFR_RNDN);
  mpfr_erfc(y, a, MPFR_RNDN);
  times_exp(y, square);
}

inline void ndtr(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  over_root_2(y, a);
  mpfr_neg(y, y, MPFR_RNDN);
  mpfr_erfc(y, y, MPFR_RNDN);
  mpfr_div_2ui(y, y, 1, MPFR_RNDN);
}
inline void log_ndtr(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  if (mpfr_cmp_d(a, -2e4) < 0) {  // log(erfcx(-a / root(2)) / 2) - a^2 / 2
    Number square, x;
    over_root_2(x, a);
    mpfr_neg(x, x, MPFR_RNDN);
    erfcx(y, x, b);
    mpfr_div_2ui(y, y, 1, MPFR_RNDN);
    mpfr_log(y, y, MPFR_RNDN);
    mpfr_sqr(square, a, MPFR_RNDN);
    mpfr_div_2ui(square, square, 1, MPFR_RNDN);
    mpfr_sub(y, y, square, MPFR_RNDN);
    return;
  }
  if (mpfr_sgn(a) > 0) {  // the logarithm of what is nearly 1
    Number x;
    mpfr_neg(x, a, MPFR_RNDN);
    ndtr(y, x, b);
    mpfr_neg(y, y, MPFR_RNDN);
    mpfr_log1p(y, y, MPFR_RNDN);
    return;
  }
  ndtr(y, a, b);
  mpfr_log(y, y, MPFR_RNDN);
}

// Newton's method on erfc(y) = 1 - |a|, which MPFR has to any number of digits, from a start that
// the C library's functions of doubles give.
inline void erfinv(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_cmp_ui(a, 1) == 0 || mpfr_cmp_si(a, -1) == 0) {
    mpfr_set_inf(y, mpfr_sgn(a));
    return;
  }
  mpfr_set(y, a, MPFR_RNDN);
  if (mpfr_zero_p(a)) return;
  double low = 0, high = 7;
  const double wanted = std::fabs(mpfr_get_d(a, MPFR_RNDN));
  Number rest(1);
  mpfr_sub_d(rest, rest, wanted, MPFR_RNDN);
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (wanted < 0.5 ? std::erf(middle) < wanted : std::erfc(middle) > mpfr_get_d(rest, MPFR_RNDN))
        ? low = middle
        : high = middle;
  }
  mpfr_set_d(y, wanted < 1e-290 ? wanted : high, MPFR_RNDN);
  Number f, slope, size(wanted);
  for (int i = 0; i < 8; ++i) {
    mpfr_erf(f, y, MPFR_RNDN);
    mpfr_sub(f, f, size, MPFR_RNDN);
    mpfr_sqr(slope, y, MPFR_RNDN);
    mpfr_exp(slope, slope, MPFR_RNDN);
    mpfr_mul(f, f, slope, MPFR_RNDN);
    mpfr_const_pi(slope, MPFR_RNDN);
    mpfr_sqrt(slope, slope, MPFR_RNDN);
    mpfr_mul(f, f, slope, MPFR_RNDN);
    mpfr_div_2ui(f, f, 1, MPFR_RNDN);
    mpfr_sub(y, y, f, MPFR_RNDN);
  }
  if (mpfr_sgn(a) < 0) mpfr_neg(y, y, MPFR_RNDN);
}

// The same for the smaller of a and 1 - a, by Newton's method on its tail of the distribution.
inline void ndtri(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  Number tail, f, slope;
  mpfr_ui_sub(tail, 1, a, MPFR_RNDN);
  const bool above = mpfr_less_p(tail, a);
  if (!above) mpfr_set(tail, a, MPFR_RNDN);
  if (mpfr_cmp_ui(tail, 0) <= 0) {
    if (mpfr_cmp_ui(tail, 0) == 0)
      mpfr_set_inf(y, above ? 1 : -1);
    else
      mpfr_set_nan(y);
    return;
  }
  if (mpfr_cmp_d(tail, 0.5) == 0) {
    mpfr_set_zero(y, 1);
    return;
  }
  double low = -39, high = 0;
  const double wanted = mpfr_get_d(tail, MPFR_RNDN);
  for (int i = 0; i < 200; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle * std::sqrt(0.5)) < wanted ? low : high) = middle;
  }
  mpfr_set_d(y, high, MPFR_RNDN);
  // Each step doubles the digits: of subnormal numbers the start has few.
  for (int i = 0; i < 6 && (i == 0 || mpfr_get_exp(f) > mpfr_get_exp(y) - 100); ++i) {
    ndtr(f, y, b);
    mpfr_sub(f, f, tail, MPFR_RNDN);
    mpfr_sqr(slope, y, MPFR_RNDN);
    mpfr_div_2ui(slope, slope, 1, MPFR_RNDN);
    times_exp(f, slope);
    mpfr_const_pi(slope, MPFR_RNDN);
    mpfr_mul_2ui(slope, slope, 1, MPFR_RNDN);
    mpfr_sqrt(slope, slope, MPFR_RNDN);
    mpfr_mul(f, f, slope, MPFR_RNDN);
    mpfr_sub(y, y, f, MPFR_RNDN);
  }
  if (above) mpfr_neg(y, y, MPFR_RNDN);
}

inline void logit(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  Number other;
  mpfr_neg(other, a, MPFR_RNDN);
  mpfr_log1p(other, other, MPFR_RNDN);
  mpfr_log(y, a, MPFR_RNDN);
  mpfr_sub(y, y, other, MPFR_RNDN);
}

inline void sinc(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  if (mpfr_zero_p(a) || mpfr_inf_p(a)) {
    mpfr_set_ui(y, mpfr_zero_p(a) ? 1 : 0, MPFR_RNDN);
    return;
  }
  Number pi;
  mpfr_const_pi(pi, MPFR_RNDN);
  mpfr_mul(pi, pi, a, MPFR_RNDN);
  mpfr_sinpi(y, a, MPFR_RNDN);
  mpfr_div(y, y, pi, MPFR_RNDN);
}

inline void fmod(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) { mpfr_fmod(y, a, b, MPFR_RNDN); }
inline void remainder(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  fmod(y, a, b);
  if (mpfr_sgn(y) * mpfr_sgn(b) < 0) mpfr_add(y, y, b, MPFR_RNDN);
}

inline void lgamma(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  int sign = 0;
  mpfr_lgamma(y, &sign, a, MPFR_RNDN);
}

// (-1)^(n + 1) n! times the sum of (b + k)^-s over k = 0, 1, ..., s = n + 1: fifty terms, the
// others by Euler's and Maclaurin's formula.
inline void polygamma(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  const long n = mpfr_get_si(a, MPFR_RNDN), s = n + 1;
  Number x, term, circle, factor;
  mpfr_set(x, b, MPFR_RNDN);
  mpfr_set_zero(y, 1);
  for (int k = 0; k < 50; ++k) {
    mpfr_pow_si(term, x, -s, MPFR_RNDN);
    mpfr_add(y, y, term, MPFR_RNDN);
    mpfr_add_ui(x, x, 1, MPFR_RNDN);
  }
  mpfr_pow_si(term, x, -n, MPFR_RNDN);
  mpfr_div_si(term, term, n, MPFR_RNDN);
  mpfr_add(y, y, term, MPFR_RNDN);
  mpfr_pow_si(factor, x, -s, MPFR_RNDN);
  mpfr_div_2ui(term, factor, 1, MPFR_RNDN);
  mpfr_add(y, y, term, MPFR_RNDN);
  // The Bernoulli numbers over (2 j)! are 2 (-1)^(j + 1) zeta(2 j) / (2 pi)^(2 j).
  mpfr_const_pi(circle, MPFR_RNDN);
  mpfr_mul(x, x, circle, MPFR_RNDN);
  mpfr_mul_2ui(x, x, 1, MPFR_RNDN);
  mpfr_div(factor, factor, circle, MPFR_RNDN);
  for (int j = 1; j <= 20; ++j) {
    mpfr_mul_si(factor, factor, j == 1 ? s : (s + 2 * j - 3) * (s + 2 * j - 2), MPFR_RNDN);
    mpfr_div(factor, factor, x, MPFR_RNDN);
    if (j > 1) mpfr_div(factor, factor, x, MPFR_RNDN);
    mpfr_zeta_ui(term, 2 * static_cast<unsigned long>(j), MPFR_RNDN);
    mpfr_mul(term, term, factor, MPFR_RNDN);
    j % 2 == 1 ? mpfr_add(y, y, term, MPFR_RNDN) : mpfr_sub(y, y, term, MPFR_RNDN);
  }
  for (long k = 2; k <= n; ++k) mpfr_mul_si(y, y, k, MPFR_RNDN);
  if (n % 2 == 0) mpfr_neg(y, y, MPFR_RNDN);
}

// I_n(a) exp(-|a|): the power series, far out the asymptotic one, whose terms fall fast enough
// there.
template <int n>
void scaled_bessel(mpfr_ptr y, mpfr_ptr a, mpfr_ptr) {
  Number x, term, z, next;
  mpfr_abs(x, a, MPFR_RNDN);
  if (mpfr_cmp_ui(x, 300) < 0) {
    mpfr_set_ui(term, 1, MPFR_RNDN);
    if (n == 1) mpfr_div_2ui(term, x, 1, MPFR_RNDN);
    mpfr_sqr(z, x, MPFR_RNDN);
    mpfr_div_2ui(z, z, 2, MPFR_RNDN);
    mpfr_set(y, term, MPFR_RNDN);
    for (unsigned long k = 1; k < 700; ++k) {
      mpfr_mul(term, term, z, MPFR_RNDN);
      mpfr_div_ui(term, term, k * (k + n), MPFR_RNDN);
      mpfr_add(y, y, term, MPFR_RNDN);
    }
    mpfr_neg(x, x, MPFR_RNDN);
    times_exp(y, x);
  } else {
    mpfr_set_ui(term, 1, MPFR_RNDN);
    mpfr_set_ui(y, 1, MPFR_RNDN);
    for (long k = 1; k < 60; ++k) {
      mpfr_mul_si(term, term, (2 * k - 1) * (2 * k - 1) - 4 * n, MPFR_RNDN);
      mpfr_div_si(term, term, 8 * k, MPFR_RNDN);
      mpfr_div(term, term, x, MPFR_RNDN);
      mpfr_add(y, y, term, MPFR_RNDN);
    }
    mpfr_const_pi(z, MPFR_RNDN);
    mpfr_mul(z, z, x, MPFR_RNDN);
    mpfr_mul_2ui(z, z, 1, MPFR_RNDN);
    mpfr_sqrt(z, z, MPFR_RNDN);
    mpfr_div(y, y, z, MPFR_RNDN);
  }
  if (n == 1 && mpfr_signbit(a)) mpfr_neg(y, y, MPFR_RNDN);
}
template <int n>
void bessel(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) {
  Number x;
  mpfr_abs(x, a, MPFR_RNDN);
  scaled_bessel<n>(y, a, b);
  times_exp(y, x);
}

inline void power(mpfr_ptr y, mpfr_ptr a, mpfr_ptr b) { mpfr_pow(y, a, b, MPFR_RNDN); }

}  // namespace accuracy
