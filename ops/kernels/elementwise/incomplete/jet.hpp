#pragma once
// Numbers with their derivatives, for functions whose formulas are differentiated as they run.

#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cmath>
#include <limits>
#include <type_traits>

namespace cinta::kernels::special {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double two_pi = 6.28318530717958647692;

/// A value with its slopes in two variables, a and b, to second order.
struct Jet {
  double v = 0, a = 0, b = 0, aa = 0, ab = 0, bb = 0;

  Jet(double value = 0) : v(value) {}
  static Jet first(double value) {
    Jet x(value);
    x.a = 1;
    return x;
  }
  static Jet second(double value) {
    Jet x(value);
    x.b = 1;
    return x;
  }

  /// Where there is no value there is no slope either.
  static Jet none() {
    Jet x;
    x.v = x.a = x.b = x.aa = x.ab = x.bb = nan;
    return x;
  }

  /// The sum of their sizes.
  double slopes() const {
    return std::abs(a) + std::abs(b) + std::abs(aa) + std::abs(ab) + std::abs(bb);
  }

  /// f of it, which has this value and these slopes there.
  Jet chained(double f, double f1, double f2) const {
    Jet y(f);
    y.a = f1 * a;
    y.b = f1 * b;
    y.aa = f1 * aa + f2 * a * a;
    y.ab = f1 * ab + f2 * a * b;
    y.bb = f1 * bb + f2 * b * b;
    return y;
  }
};

inline Jet operator-(const Jet& x) { return x.chained(-x.v, -1, 0); }
inline Jet operator+(Jet x, const Jet& y) {
  x.v += y.v, x.a += y.a, x.b += y.b, x.aa += y.aa, x.ab += y.ab, x.bb += y.bb;
  return x;
}
inline Jet operator-(const Jet& x, const Jet& y) { return x + -y; }
inline Jet operator*(const Jet& x, const Jet& y) {
  Jet z(x.v * y.v);
  z.a = x.a * y.v + x.v * y.a;
  z.b = x.b * y.v + x.v * y.b;
  z.aa = x.aa * y.v + 2 * (x.a * y.a) + x.v * y.aa;
  z.ab = x.ab * y.v + x.a * y.b + x.b * y.a + x.v * y.ab;
  z.bb = x.bb * y.v + 2 * (x.b * y.b) + x.v * y.bb;
  return z;
}
inline Jet inverse(const Jet& x) {
  const double y = 1 / x.v;
  return x.chained(y, -y * y, 2 * y * y * y);
}
inline Jet operator/(const Jet& x, const Jet& y) { return x * inverse(y); }

inline double value(double x) { return x; }
inline double value(const Jet& x) { return x.v; }
/// Whether x is so near 0, slopes and all, that adding it to 1 changes nothing.
inline bool is_lost(double x) { return std::abs(x) < 1e-17; }
inline bool is_lost(const Jet& x) { return std::abs(x.v) + x.slopes() < 1e-17; }
/// Whether a factor is so near 1 that those behind it are, too. Slopes carry the rounding of what
/// they were computed from.
inline bool is_settled(double x) { return std::abs(x - 1) < 4e-16; }
inline bool is_settled(const Jet& x) { return std::abs(x.v - 1) < 4e-16 && x.slopes() < 1e-14; }

// Named so that they do not hide std's of numbers.
inline double exp_of(double x) { return std::exp(x); }
inline Jet exp_of(const Jet& x) {
  const double y = std::exp(x.v);
  return x.chained(y, y, y);
}
inline double expm1_of(double x) { return std::expm1(x); }
inline Jet expm1_of(const Jet& x) {
  const double y = std::exp(x.v);
  return x.chained(std::expm1(x.v), y, y);
}
inline double log_of(double x) { return std::log(x); }
inline Jet log_of(const Jet& x) { return x.chained(std::log(x.v), 1 / x.v, -1 / (x.v * x.v)); }
inline double log1p_of(double x) { return std::log1p(x); }
inline Jet log1p_of(const Jet& x) {
  const double slope = 1 / (1 + x.v);
  return x.chained(std::log1p(x.v), slope, -slope * slope);
}
inline double sqrt_of(double x) { return std::sqrt(x); }
inline Jet sqrt_of(const Jet& x) {
  const double y = std::sqrt(x.v);
  return x.chained(y, 0.5 / y, -0.25 / (y * x.v));
}
inline double erfc_of(double x) { return std::erfc(x); }
inline Jet erfc_of(const Jet& x) {
  const double slope = -1.12837916709551257390 * std::exp(-x.v * x.v);
  return x.chained(std::erfc(x.v), slope, -2 * x.v * slope);
}
/// The n-th derivative of digamma.
inline double polygamma_of(int n, double x) { return polygamma(n, x); }
inline Jet polygamma_of(int n, const Jet& x) {
  return x.chained(polygamma(n, x.v), polygamma(n + 1, x.v), polygamma(n + 2, x.v));
}

/// log(1 + x) - x for |x| < 1, without what the two have in common.
template <class N>
N log1p_less(const N& x) {
  if (std::abs(value(x)) > 0.3) return log1p_of(x) - x;
  N sum = 1.0 / 34;
  for (int k = 33; k >= 2; --k) sum = N(1.0 / k) - x * sum;
  return -(x * x * sum);
}

/// log(gamma(1 + x)) for x >= 0, also where 1 + x rounds.
template <class N>
N lgamma_of_1_and(const N& x) {
  const double rounded = 1 + value(x), lost = value(x) - (rounded - 1);
  const double slope = digamma(rounded), y = lgamma(rounded) + lost * slope;
  if constexpr (std::is_same_v<N, double>)
    return y;
  else
    return x.chained(y, slope, polygamma(1, rounded));
}

/// What Stirling's formula leaves of log(gamma(x)), for x >= 10: 6.1.41 of M. Abramowitz, I.
/// Stegun, Handbook of Mathematical Functions.
template <class N>
N stirling_rest(const N& x) {
  const N i = N(1.0) / x, q = i * i;
  N sum = 1.0 / 156;
  for (const double c :
       {-691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12})
    sum = N(c) + q * sum;
  return i * sum;
}

}  // namespace cinta::kernels::special
