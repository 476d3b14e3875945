// Which formula where is that of SciPy's Cephes; there is no code of it here.

#include <cinta/ops/kernels/elementwise/incomplete/incomplete.hpp>
#include <cinta/ops/kernels/elementwise/incomplete/jet.hpp>
#include <iterator>

namespace cinta::kernels::special {
namespace {

// One of the two shares, whichever is computed without a difference.
template <class N>
struct Share {
  N value;
  bool is_upper;
};

// x^a exp(-x) / gamma(a + 1)
template <class N>
N front(const N& a, double x) {
  if (value(a) < 10) return exp_of(a * std::log(x) - x - lgamma_of_1_and(a));
  const N apart = (N(x) - a) / a;
  const N exponent =
      std::abs(value(apart)) < 0.5 ? a * log1p_less(apart) : a * log_of(N(x) / a) - (N(x) - a);
  return exp_of(exponent - stirling_rest(a)) / sqrt_of(a * two_pi);
}

// 1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ..., 6.5.29 of the Handbook.
template <class N>
N lower_series(const N& a, double x) {
  N sum = 1.0, term = 1.0, next = a;
  for (int k = 0; k < 2000; ++k) {
    next = next + 1.0;
    term = term * (x / next);  // quotients do not wait for each other
    sum = sum + term;
    if (is_lost(term)) break;
  }
  return sum;
}

// The continued fraction 8.9.2 of the Digital Library of Mathematical Functions, from the front: W.
// Lentz, 1976.
template <class N>
N upper_fraction(const N& a, double x) {
  N b = N(x + 1) - a, c = 1e300, d = 1.0 / b, y = d;
  for (int i = 1; i < 1000; ++i) {
    const N an = (a - double(i)) * double(i);
    b = b + 2.0;
    d = 1.0 / (an * d + b);
    c = b + an / c;
    const N step = c * d;
    y = y * step;
    if (is_settled(step)) break;
  }
  return y;
}

// Of small x and a the upper share, which is small with a: 1 less the series in x.
template <class N>
N small_upper(const N& a, double x) {
  const N exponent = a * std::log(x) - lgamma_of_1_and(a);
  N sum = 0.0;
  double term = 1;
  for (int n = 1; n < 60; ++n) {
    term *= -x / n;
    sum = sum + term / (a + double(n));
    if (std::abs(term) < 1e-19) break;
  }
  return -expm1_of(exponent) - exp_of(exponent) * a * sum;
}

// For large a and x near it: N. Temme, "The asymptotic expansion of the incomplete gamma
// functions", 1979. The rows are the series in eta of the coefficients of a^-n, from the
// recurrence 8.12.11 of the Digital Library.
template <class N>
Share<N> near_large(const N& a, double x) {
  static constexpr int longest = 18;
  static constexpr double rows[][longest] = {
      {-0.33333333333333333, 0.083333333333333333, -0.014814814814814815, 0.0011574074074074074,
       0.0003527336860670194, -0.00017875514403292181, 3.9192631785224378e-5,
       -2.1854485106799922e-6, -1.85406221071516e-6, 8.296711340953086e-7, -1.7665952736826079e-7,
       6.7078535434014986e-9, 1.0261809784240308e-8, -4.3820360184533532e-9, 9.1476995822367902e-10,
       -2.551419399494625e-11, -5.8307721325504251e-11, 2.4361948020667416e-11},
      {-0.0018518518518518519, -0.0034722222222222222, 0.0026455026455026455,
       -0.00099022633744855967, 0.00020576131687242798, -4.0187757201646091e-7,
       -1.8098550334489978e-5, 7.6491609160811101e-6, -1.6120900894563446e-6, 4.6471278028074343e-9,
       1.378633446915721e-7, -5.752545603517705e-8, 1.1951628599778147e-8, -1.7543241719747648e-11,
       -1.0091543710600413e-9, 4.1627929918425826e-10},
      {0.0041335978835978836, -0.0026813271604938272, 0.00077160493827160494, 2.0093878600823045e-6,
       -0.00010736653226365161, 5.2923448829120125e-5, -1.2760635188618728e-5,
       3.4235787340961381e-8, 1.3721957309062933e-6, -6.298992138380055e-7, 1.4280614206064242e-7,
       -2.0477098421990866e-10, -1.4092529910867521e-8, 6.228974084922022e-9},
      {0.00064943415637860082, 0.00022947209362139918, -0.00046918949439525571,
       0.00026772063206283885, -7.5618016718839764e-5, -2.3965051138672967e-7,
       1.1082654115347302e-5, -5.6749528269915966e-6, 1.4230900732435884e-6,
       -2.7861080291528142e-11, -1.6958404091930277e-7, 8.0994649053880824e-8},
      {-0.0008618882909167117, 0.00078403922172006663, -0.00029907248030319018,
       -1.4638452578843418e-6, 6.6414982154651222e-5, -3.9683650471794347e-5, 1.1375726970678419e-5,
       2.5074972262375328e-10, -1.6954149536558306e-6, 8.9075075322053097e-7},
      {-0.00033679855336635815, -6.9728137583658578e-5, 0.00027727532449593921,
       -0.00019932570516188848, 6.7977804779372078e-5, 1.419062920643967e-7, -1.3594048189768693e-5,
       8.0184702563342015e-6},
      {0.00053130793646399222, -0.00059216643735369388, 0.00027087820967180448,
       7.9023532326603279e-7, -8.1539693675619688e-5, 5.6116827531062497e-5}};
  const N apart = (N(x) - a) / a;
  // eta^2 / 2 = apart - log(1 + apart), whose series starts with a square.
  N ratio = 2.0 / 36;
  for (int k = 35; k >= 2; --k) ratio = N(2.0 / k) - apart * ratio;
  const N eta = apart * sqrt_of(ratio);
  const bool is_upper = value(eta) >= 0;
  N sum = 0.0;
  for (int n = int(std::size(rows)); n-- > 0;) {
    N row = 0.0;
    for (int k = longest; k-- > 0;) row = N(rows[n][k]) + row * eta;
    sum = row + sum / a;
  }
  const N rest = exp_of(a * eta * eta * -0.5) / sqrt_of(a * two_pi) * sum;
  const N main = erfc_of((is_upper ? eta : -eta) * sqrt_of(a * 0.5)) * 0.5;
  return {is_upper ? main + rest : main - rest, is_upper};
}

template <class N>
Share<N> share_of(const N& a, double x) {
  const double shape = value(a);
  if (x == 0) return {0.0, false};
  if (x == infinity) return {0.0, true};
  if (shape > 200 && std::abs(x - shape) < 0.3 * shape) return near_large(a, x);
  if (x > 1.1 && x >= shape) return {front(a, x) * a * upper_fraction(a, x), true};
  const bool small = x <= 0.5 ? -0.4 / std::log(x) >= shape : x * 1.1 >= shape;
  if (x <= 1.1 && small) return {small_upper(a, x), true};
  return {front(a, x) * lower_series(a, x), false};
}

bool is_outside(double a, double x) {
  return !(a >= 0 && x >= 0) || (a == 0 && x == 0) || (a == infinity && x == infinity);
}

// Slopes of the lower share in a; without width there are none.
Jet<1> slopes(double a, double x) {
  if (is_outside(a, x)) return Jet<1>::none();
  if (a == infinity) return 0.0;
  const Share<Jet<1>> share = share_of(Jet<1>::variable(0, a), x);
  return share.is_upper ? Jet<1>(1.0) - share.value : share.value;
}

}  // namespace

double gammainc(double a, double x) {
  if (is_outside(a, x)) return nan;
  if (a == infinity) return 0;
  if (a == 0) return 1;
  const Share<double> share = share_of(a, x);
  return share.is_upper ? 1 - share.value : share.value;
}

double gammaincc(double a, double x) {
  if (is_outside(a, x)) return nan;
  if (a == infinity) return 1;
  if (a == 0) return 0;
  const Share<double> share = share_of(a, x);
  return share.is_upper ? share.value : 1 - share.value;
}

double gammainc_a(double a, double x) { return slopes(a, x).d[0]; }
double gammainc_aa(double a, double x) { return slopes(a, x).dd[0]; }

double gamma_density(double a, double x) {
  if (!(a >= 0 && x >= 0)) return nan;
  if (a == 0 || a == infinity || x == infinity) return 0;
  if (x == 0) return a < 1 ? infinity : a == 1 ? 1 : 0;
  // In this order, since the front overflows with a / x where x is tiny.
  return front(a, x) / x * a;
}

}  // namespace cinta::kernels::special
