#include <algorithm>
#include <cinta/ops/kernels/elementwise/incomplete/incomplete.hpp>
#include <cinta/ops/kernels/elementwise/incomplete/jet.hpp>

namespace cinta::kernels::special {
namespace {

// log(gamma(large + s) / gamma(large)), for large >= 10 and smaller s: Stirling's formula of both,
// without what they have in common.
template <class N>
N log_gamma_ratio(const N& s, const N& large) {
  return s * log_of(large + s) + (large - 0.5) * log1p_of(s / large) - s +
         (stirling_rest(large + s) - stirling_rest(large));
}

// log(gamma(1 + a + b) / gamma(1 + a)) for a, b < 10, or any a and a small b: by its series there.
template <class N>
N log_gamma_step(const N& a, const N& b) {
  if (value(b) > 1e-3) return lgamma_of_1_and(a + b) - lgamma_of_1_and(a);
  const N at = a + 1.0;
  N sum = polygamma_of(4, at) * (1.0 / 120);
  double factorial = 24;
  for (int k = 3; k >= 0; --k) {
    sum = polygamma_of(k, at) * (1 / factorial) + sum * b;
    factorial /= k + 1;
  }
  return sum * b;
}

// A place in (0, 1) from both sides, with logarithms that keep what either loses.
template <class N>
struct Place {
  N x, y, log_x, log_y;
  Place mirrored() const { return {y, x, log_y, log_x}; }
};

// x^a y^b / (a beta(a, b))
template <class N>
N front(const N& a, const N& b, const Place<N>& at) {
  const N power = a * at.log_x + b * at.log_y;
  if (value(a) >= 10 && value(b) >= 10) {
    const N n = a + b;
    // The exponent is 0 at the mean, from where it is counted.
    const N apart = b * at.x - a * at.y;
    const N to_a = apart / a, to_b = -(apart / b);
    const bool near = std::abs(value(to_a)) < 0.5 && std::abs(value(to_b)) < 0.5;
    const N exponent = near ? a * log1p_less(to_a) + b * log1p_less(to_b)
                            : a * (at.log_x + log_of(n / a)) + b * (at.log_y + log_of(n / b));
    const N rest = stirling_rest(n) - stirling_rest(a) - stirling_rest(b);
    return exp_of(exponent + rest) * sqrt_of(b / (n * a * two_pi));
  }
  if (value(b) >= 10) return exp_of(power + log_gamma_ratio(a, b) - lgamma_of_1_and(a));
  if (value(a) >= 10) return exp_of(power + log_gamma_ratio(b, a) - lgamma_of_1_and(b)) * b / a;
  return exp_of(power + log_gamma_step(a, b) - lgamma_of_1_and(b)) * b / (a + b);
}

// The continued fraction 8.17.22 of the Digital Library of Mathematical Functions, from the front:
// W. Lentz, 1976. It takes about the root of the larger parameter in steps, of which slopes, that
// carry the rounding of all of them, may never settle: there is an end for any parameters.
template <class N>
N fraction(const N& a, const N& b, const N& x) {
  const N one = 1.0, all = a + b;
  const double most = std::min(1e6, 200 + 10 * std::sqrt(std::max(value(a), value(b))));
  N c = 1.0, d = 1.0 / (one - all * x / (a + 1.0)), y = d;
  for (double m = 1; m < most; ++m) {
    const N even = (b - m) * x * m / ((a + (2 * m - 1)) * (a + 2 * m));
    d = 1.0 / (one + even * d);
    c = one + even / c;
    y = y * (c * d);
    const N odd = -((a + m) * (all + m) * x / ((a + 2 * m) * (a + (2 * m + 1))));
    d = 1.0 / (one + odd * d);
    c = one + odd / c;
    const N step = c * d;
    y = y * step;
    if (is_settled(step) || value(step) != value(step)) break;
  }
  return y;
}

// From here on both parameters are large; the error is about 1 over the smaller one.
constexpr double both_large = 1e11;

// DLMF 8.18.9, the first terms: a normal variable at eta (a + b)^(1/2), and its skewness.
template <class N>
N large_share(const N& a, const N& b, const Place<N>& at) {
  const N n = a + b, apart = b * at.x - a * at.y, to_a = apart / a, to_b = -(apart / b);
  if (!(std::abs(value(to_a)) < 0.3 && std::abs(value(to_b)) < 0.3))
    return value(apart) < 0 ? 0.0 : 1.0;
  // (t - log(1 + t)) / t^2
  const auto less = [](const N& t) {
    N sum = 1.0 / 34;
    for (int k = 33; k >= 2; --k) sum = N(1.0 / k) - t * sum;
    return sum;
  };
  const N z = apart * sqrt_of((less(to_a) / a + less(to_b) / b) * 2.0);
  const N skew = (b - a) / 3.0 / sqrt_of(n * a) / sqrt_of(b);
  return erfc_of(z * -0.70710678118654752440) * 0.5 +
         exp_of(z * z * -0.5) / std::sqrt(two_pi) * skew;
}

// 1 less the share below x, for b <= 1 and x (b + 2) small: with a that is small itself, which the
// difference would lose. 1 less the series 26.5.4 of the Handbook of Mathematical Functions.
template <class N>
N small_rest(const N& a, const N& b, const Place<N>& at) {
  N exponent = a * at.log_x - lgamma_of_1_and(a);
  // The step keeps its digits where a is tiny.
  if (value(b) >= 10 && value(a) > 1e-3)
    exponent = exponent + log_gamma_ratio(a, b);
  else
    exponent = exponent + log_gamma_step(b, a) - log1p_of(a / b);
  N sum = 0.0, term = 1.0;
  for (double n = 1; n < 500; ++n) {
    term = term * (N(n) - b) * at.x / n;
    sum = sum + term / (a + n);
    if (is_lost(term)) break;
  }
  return -expm1_of(exponent) - exp_of(exponent) * a * sum;
}

template <class N>
N share_of(const N& a, const N& b, const Place<N>& at) {
  const auto is_below = [](const N& p, const N& q, const N& x) {
    return value(x) <= (value(p) + 1) / (value(p) + value(q) + 2);
  };
  if (std::min(value(a), value(b)) > both_large) return large_share(a, b, at);
  if (is_below(a, b, at.x)) return front(a, b, at) * fraction(a, b, at.x);
  const Place<N> other = at.mirrored();
  if (value(b) <= 1) return small_rest(b, a, other);
  return N(1.0) - front(b, a, other) * fraction(b, a, other.x);
}

Place<double> place_of(double x) { return {x, 1 - x, std::log(x), std::log1p(-x)}; }

bool is_outside(double a, double b, double x) {
  return !(a >= 0 && b >= 0 && x >= 0 && x <= 1) || (a == 0 && b == 0) ||
         (a == infinity && b == infinity);
}

// With a parameter that is 0 or infinite all of it lies at an end.
bool is_at_end(double a, double b) { return a == 0 || b == 0 || a == infinity || b == infinity; }

Jet<2> slopes(double a, double b, double x) {
  if (is_outside(a, b, x)) return Jet<2>::none();
  if (is_at_end(a, b) || x == 0 || x == 1) return 0.0;
  const Place<double> at = place_of(x);
  return share_of(Jet<2>::variable(0, a), Jet<2>::variable(1, b),
                  Place<Jet<2>>{at.x, at.y, at.log_x, at.log_y});
}

// The place n / (n + t^2) of Student's distribution, and t^2 / (n + t^2).
template <class N>
Place<N> student_place(const N& n, double t) {
  // Through the quotient whose square cannot overflow.
  if (std::abs(t) * std::abs(t) < value(n)) {
    const N q = t * t / n, x = 1.0 / (q + 1.0);
    return {x, q * x, -log1p_of(q), log_of(q) - log1p_of(q)};
  }
  const N q = n / t / t, y = 1.0 / (q + 1.0);
  return {q * y, y, log_of(q) - log1p_of(q), -log1p_of(q)};
}

// Whether Student's distribution is the normal one and some terms in 1 / n (R. Fisher, 1925), to
// rounding. Where neither holds, t^4 / n counts while there is a share left beyond t.
bool is_nearly_normal(double n, double t) {
  return n > 1e10 || (n > 1e5 && t * t * t * t < 1e-3 * n);
}

// These terms, with their slopes in n, of the share below t.
template <class N>
N student_terms(const N& n, double t) {
  if (std::abs(t) > 40) return 0.0;
  const double q = t * t, density = std::exp(-0.5 * q) / std::sqrt(two_pi);
  const double terms[] = {
      (q + 1) / 4, (((3 * q - 7) * q - 5) * q - 3) / 96,
      (((((q - 11) * q + 14) * q + 6) * q - 3) * q - 15) / 384,
      (((((((15 * q - 375) * q + 2225) * q - 2141) * q - 939) * q - 213) * q - 915) * q + 945) /
          92160};
  const N i = 1.0 / n;
  return (((N(terms[3]) * i + terms[2]) * i + terms[1]) * i + terms[0]) * i * (-t * density);
}

// The share beyond |t| on one side.
template <class N>
N student_tail(const N& n, double t) {
  return share_of(n * 0.5, N(0.5), student_place(n, t)) * 0.5;
}

Jet<1> student_slopes(double n, double t) {
  if (!(n > 0) || t != t) return Jet<1>::none();
  if (std::isinf(t) || n == infinity || t / n * t < 1e-300) return 0.0;
  if (is_nearly_normal(n, t)) return student_terms(Jet<1>::variable(0, n), t);
  const Jet<1> tail = student_tail(Jet<1>::variable(0, n), t);
  return t < 0 ? tail : -tail;
}

}  // namespace

double betainc(double a, double b, double x) {
  if (is_outside(a, b, x)) return nan;
  if (x == 0 || x == 1) return x;
  if (is_at_end(a, b)) return a == 0 || b == infinity ? 1 : 0;
  return share_of(a, b, place_of(x));
}

double betainc_a(double a, double b, double x) { return slopes(a, b, x).d[0]; }
double betainc_b(double a, double b, double x) { return slopes(a, b, x).d[1]; }
double betainc_aa(double a, double b, double x) { return slopes(a, b, x).dd[0]; }
double betainc_ab(double a, double b, double x) { return slopes(a, b, x).dd[1]; }
double betainc_bb(double a, double b, double x) { return slopes(a, b, x).dd[2]; }

double beta_density(double a, double b, double x) {
  if (is_outside(a, b, x)) return nan;
  if (is_at_end(a, b)) return 0;
  if (x == 0) return a < 1 ? infinity : a == 1 ? b : 0;
  if (x == 1) return b < 1 ? infinity : b == 1 ? a : 0;
  const Place<double> at = place_of(x);
  return front(a, b, at) * a / at.x / at.y;
}

double stdtr(double n, double t) {
  if (!(n > 0) || t != t) return nan;
  if (t == 0) return 0.5;
  if (std::isinf(t)) return t > 0 ? 1 : 0;
  if (is_nearly_normal(n, t)) return ndtr(t) + student_terms(n, t);
  const double tail = student_tail(n, t);
  return t < 0 ? tail : 1 - tail;
}

double stdtr_n(double n, double t) { return student_slopes(n, t).d[0]; }
double stdtr_nn(double n, double t) { return student_slopes(n, t).dd[0]; }

double stdtr_density(double n, double t) {
  if (!(n > 0) || t != t) return nan;
  if (std::isinf(t)) return 0;
  constexpr double root_two_pi = 2.50662827463100050242;
  if (n == infinity) return std::exp(-0.5 * t * t) / root_two_pi;
  const double half = 0.5 * n;
  // gamma(half + 1/2) / gamma(half) / sqrt(half)
  const double factor = half >= 10 ? std::exp(log_gamma_ratio(0.5, half) - 0.5 * std::log(half))
                                   : std::exp(lgamma_of_1_and(half + 0.5) - lgamma_of_1_and(half)) *
                                         std::sqrt(half) / (half + 0.5);
  const double q = t / n * t;
  const double spread = std::isinf(q) ? 2 * std::log(std::abs(t)) - std::log(n) : std::log1p(q);
  return factor / root_two_pi * std::exp(-(half + 0.5) * spread);
}

}  // namespace cinta::kernels::special
