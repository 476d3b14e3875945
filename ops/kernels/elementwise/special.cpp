#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cmath>
#include <limits>

namespace cinta::kernels::special {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double pi = 3.14159265358979323846, root_half = 0.70710678118654752440;
constexpr double two_over_root_pi = 1.12837916709551257390;

// x with erfc(x) = q for 0 < q <= 1: from the approximation 26.2.23 of M. Abramowitz, I. Stegun,
// Handbook of Mathematical Functions, by two steps of Halley's method.
double erfc_inverse(double q) {
  const double t = std::sqrt(-2 * std::log(q / 2));
  double x = root_half * (t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                                  (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (int i = 0; i < 3; ++i) {
    if (q < 1e-300) {  // by logarithms: subnormal numbers have few digits
      x += (std::log(erfcx(x)) - x * x - std::log(q)) * erfcx(x) / two_over_root_pi;
      continue;
    }
    const double off = (std::erfc(x) - q) / (-two_over_root_pi * std::exp(-x * x));
    if (off == 0) break;
    x -= off / (1 + x * off);
  }
  return x;
}

// a^-s for a whole s > 0, a small one by products.
double inverse_power(double a, double s) {
  if (s > 8) return std::pow(a, -s);
  double power = a;
  for (int k = 1; k < int(s); ++k) power *= a;
  return 1 / power;
}

// The sum of (x + k)^-s over k = 0, 1, ..., for x > 0 and a whole s > 1: ten terms, the others by
// Euler's and Maclaurin's formula.
double hurwitz_zeta(double s, double x) {
  if (x == infinity) return 0;
  double sum = 0, a = x;
  for (int k = 0; k < 10 || a < 10; ++k, a += 1) {
    const double term = inverse_power(a, s);
    sum += term;
    if (term < 1e-18 * sum) return sum;
  }
  const double last = inverse_power(a, s - 1), power = last / a;
  sum += last / (s - 1) + 0.5 * power;
  // (2 j)! over the Bernoulli numbers.
  constexpr double quotients[] = {12,
                                  -720,
                                  30240,
                                  -1209600,
                                  47900160,
                                  -1.8924375803183791606e9,
                                  7.47242496e10,
                                  -2.950130727918164224e12,
                                  1.1646782814350067249e14};
  double factor = s, next = power / a;
  const double step = 1 / (a * a);
  for (int j = 0; j < 9; ++j) {
    const double term = factor * next / quotients[j];
    sum += term;
    if (std::abs(term) < 1e-17 * std::abs(sum)) break;
    factor *= (s + 2 * j + 1) * (s + 2 * j + 2);
    next *= step;
  }
  return sum;
}

}  // namespace

double erfcx(double x) {
  if (x < -27) return infinity;
  if (x < 25) {
    const double square = x * x;
    // What the square's rounding took from the exponent.
    return std::exp(square) * (1 + std::fma(x, x, -square)) * std::erfc(x);
  }
  if (x != x) return x;
  // 7.1.23 of the Handbook.
  const double t = 0.5 / (x * x);
  return 0.5 * two_over_root_pi / x *
         (1 - t * (1 - 3 * t * (1 - 5 * t * (1 - 7 * t * (1 - 9 * t * (1 - 11 * t))))));
}

double erfinv(double y) {
  if (!(std::abs(y) <= 1)) return nan;
  if (std::abs(y) == 1) return y * infinity;
  if (y == 0) return y;
  if (std::abs(y) > 0.5) return std::copysign(erfc_inverse(1 - std::abs(y)), y);
  // Winitzki's approximation, by two steps of Halley's method.
  const double l = std::log1p(-y * y), c = 4.330746750799873 + 0.5 * l;
  double x = std::copysign(std::sqrt(std::sqrt(c * c - l / 0.147) - c), y);
  if (std::abs(y) < 1e-5) x = y / two_over_root_pi;
  for (int i = 0; i < 3; ++i) {
    const double off = (std::erf(x) - y) / (two_over_root_pi * std::exp(-x * x));
    if (off == 0) break;
    x -= off / (1 + x * off);
  }
  return x;
}

double ndtr(double x) { return 0.5 * std::erfc(-root_half * x); }

double ndtri(double p) {
  if (!(p >= 0 && p <= 1)) return nan;
  if (p == 0) return -infinity;
  if (p == 1) return infinity;
  constexpr double root_two = 1.41421356237309504880;
  if (p < 0.25) return -root_two * erfc_inverse(2 * p);
  if (p > 0.75) return root_two * erfc_inverse(2 * (1 - p));
  return root_two * erfinv(2 * p - 1);
}

double log_ndtr(double x) {
  if (x > -1) return std::log1p(-0.5 * std::erfc(root_half * x));
  return std::log(0.5 * erfcx(-root_half * x)) - 0.5 * x * x;
}

double lgamma(double x) {
  int sign = 0;  // std::lgamma writes it to memory that all threads share
  return ::lgamma_r(x, &sign);
}

double digamma(double x) {
  if (x == 0) return std::copysign(infinity, -x);
  if (x == -infinity) return nan;
  if (x < 0) {
    const double part = x - std::nearbyint(x);  // exact next to whole numbers
    if (part == 0) return nan;
    return digamma(1 - x) - pi / std::tan(pi * part);
  }
  if (x == infinity) return x;
  double sum = 0;
  for (; x < 12; x += 1) sum -= 1 / x;
  // 6.3.18 of the Handbook.
  const double z = 1 / (x * x);
  const double series =
      z * (1.0 / 12 - z * (1.0 / 120 -
                           z * (1.0 / 252 -
                                z * (1.0 / 240 - z * (1.0 / 132 - z * (691.0 / 32760 - z / 12))))));
  return sum + std::log(x) - 0.5 / x - series;
}

double polygamma(double n, double x) {
  if (!(n >= 0) || n != std::floor(n) || x != x) return nan;
  if (n == 0) return digamma(x);
  const bool odd = n / 2 != std::floor(n / 2);
  if (x == 0) return odd ? infinity : std::copysign(infinity, -x);
  double sum;
  if (x > 0) {
    sum = hurwitz_zeta(n + 1, x);
  } else {
    // Terms from x - floor(x) on upwards, and those below 0, which are finitely many.
    const double below = -std::floor(x), part = x + below, rest = (1 - below) - x;
    if (part == 0 || x == -infinity) return odd && x != -infinity ? infinity : nan;
    const double others = hurwitz_zeta(n + 1, rest) - hurwitz_zeta(n + 1, rest + below);
    sum = hurwitz_zeta(n + 1, part) + (odd ? others : -others);
  }
  double factorial = 1;
  if (n > 18)
    factorial = std::exp(lgamma(n + 1));
  else
    for (int k = 2; k <= int(n); ++k) factorial *= k;
  return (odd ? factorial : -factorial) * sum;
}

}  // namespace cinta::kernels::special
