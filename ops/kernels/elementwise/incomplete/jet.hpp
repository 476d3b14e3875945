#pragma once
// Numbers with their derivatives, for functions whose formulas are differentiated as they run.

#include <algorithm>
#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cmath>
#include <iterator>
#include <limits>
#include <type_traits>

namespace cinta::kernels::special {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double two_pi = 6.28318530717958647692;

/// A value with its slopes in some variables, to second order.
template <int variables>
struct Jet {
  double v = 0, d[variables] = {}, dd[variables * (variables + 1) / 2] = {};

  Jet(double value = 0) : v(value) {}
  static Jet variable(int i, double value) {
    Jet x(value);
    x.d[i] = 1;
    return x;
  }

  /// Where there is no value there is no slope either.
  static Jet none() {
    Jet x(nan);
    std::fill(std::begin(x.d), std::end(x.d), nan);
    std::fill(std::begin(x.dd), std::end(x.dd), nan);
    return x;
  }

  /// The sum of their sizes.
  double slopes() const {
    double sum = 0;
    for (const double slope : d) sum += std::abs(slope);
    for (const double slope : dd) sum += std::abs(slope);
    return sum;
  }

  /// f of it, which has this value and these slopes there.
  Jet chained(double f, double f1, double f2) const {
    Jet y(f);
    for (int i = 0, k = 0; i < variables; ++i) {
      y.d[i] = f1 * d[i];
      for (int j = 0; j <= i; ++j, ++k) y.dd[k] = f1 * dd[k] + f2 * d[i] * d[j];
    }
    return y;
  }

  friend Jet operator-(const Jet& x) { return x * -1; }
  friend Jet operator+(Jet x, const Jet& y) {
    x.v += y.v;
    for (int i = 0; i < variables; ++i) x.d[i] += y.d[i];
    for (std::size_t k = 0; k < std::size(x.dd); ++k) x.dd[k] += y.dd[k];
    return x;
  }
  friend Jet operator-(const Jet& x, const Jet& y) { return x + -y; }
  friend Jet operator*(const Jet& x, const Jet& y) {
    Jet z(x.v * y.v);
    for (int i = 0, k = 0; i < variables; ++i) {
      z.d[i] = x.d[i] * y.v + x.v * y.d[i];
      for (int j = 0; j <= i; ++j, ++k)
        z.dd[k] = x.dd[k] * y.v + (x.d[i] * y.d[j] + x.d[j] * y.d[i]) + x.v * y.dd[k];
    }
    return z;
  }
  friend Jet operator*(Jet x, double factor) {
    x.v *= factor;
    for (double& slope : x.d) slope *= factor;
    for (double& slope : x.dd) slope *= factor;
    return x;
  }
  friend Jet operator*(double factor, const Jet& x) { return x * factor; }
  friend Jet operator/(const Jet& x, const Jet& y) {
    const double i = 1 / y.v;
    return x * y.chained(i, -i * i, 2 * i * i * i);
  }
  friend Jet operator/(double x, const Jet& y) {
    const double i = 1 / y.v;
    return y.chained(x * i, -x * i * i, 2 * x * i * i * i);
  }
  friend Jet operator/(const Jet& x, double y) { return x * (1 / y); }

  friend double value(const Jet& x) { return x.v; }
  friend bool is_lost(const Jet& x) { return std::abs(x.v) + x.slopes() < 1e-17; }
  friend bool is_settled(const Jet& x) { return std::abs(x.v - 1) < 4e-16 && x.slopes() < 1e-14; }

  friend Jet exp_of(const Jet& x) {
    const double y = std::exp(x.v);
    return x.chained(y, y, y);
  }
  friend Jet expm1_of(const Jet& x) {
    const double y = std::exp(x.v);
    return x.chained(std::expm1(x.v), y, y);
  }
  friend Jet log_of(const Jet& x) { return x.chained(std::log(x.v), 1 / x.v, -1 / (x.v * x.v)); }
  friend Jet log1p_of(const Jet& x) {
    const double slope = 1 / (1 + x.v);
    return x.chained(std::log1p(x.v), slope, -slope * slope);
  }
  friend Jet sqrt_of(const Jet& x) {
    const double y = std::sqrt(x.v);
    return x.chained(y, 0.5 / y, -0.25 / (y * x.v));
  }
  friend Jet erfc_of(const Jet& x) {
    const double slope = -1.12837916709551257390 * std::exp(-x.v * x.v);
    return x.chained(std::erfc(x.v), slope, -2 * x.v * slope);
  }
  friend Jet polygamma_of(int n, const Jet& x) {
    return x.chained(polygamma(n, x.v), polygamma(n + 1, x.v), polygamma(n + 2, x.v));
  }
};

// The same of numbers, named so that they do not hide std's.
inline double value(double x) { return x; }
/// Whether x is so near 0, slopes and all, that adding it to 1 changes nothing.
inline bool is_lost(double x) { return std::abs(x) < 1e-17; }
/// Whether a factor is so near 1 that those behind it are, too. Slopes carry the rounding of what
/// they were computed from.
inline bool is_settled(double x) { return std::abs(x - 1) < 4e-16; }
inline double exp_of(double x) { return std::exp(x); }
inline double expm1_of(double x) { return std::expm1(x); }
inline double log_of(double x) { return std::log(x); }
inline double log1p_of(double x) { return std::log1p(x); }
inline double sqrt_of(double x) { return std::sqrt(x); }
inline double erfc_of(double x) { return std::erfc(x); }
/// The n-th derivative of digamma.
inline double polygamma_of(int n, double x) { return polygamma(n, x); }

/// log(1 + x) - x for |x| < 1, without what the two have in common.
template <class N>
N log1p_less(const N& x) {
  if (std::abs(value(x)) > 0.3) return log1p_of(x) - x;
  N sum = 1.0 / 34;
  for (int k = 33; k >= 2; --k) sum = N(1.0 / k) - x * sum;
  return -(x * x * sum);
}

/// log(gamma(1 + x)) for x >= 0, also where 1 + x rounds. What that costs is noticed where x is
/// small.
template <class N>
N lgamma_of_1_and(const N& x) {
  const double rounded = 1 + value(x), lost = value(x) - (rounded - 1);
  if constexpr (std::is_same_v<N, double>) {
    return lgamma(rounded) + (x < 0.5 ? lost * digamma(rounded) : 0);
  } else {
    const double slope = digamma(rounded);
    return x.chained(lgamma(rounded) + lost * slope, slope, polygamma(1, rounded));
  }
}

/// What Stirling's formula leaves of log(gamma(x)), for x >= 10: 6.1.41 of M. Abramowitz, I.
/// Stegun, Handbook of Mathematical Functions.
template <class N>
N stirling_rest(const N& x) {
  const N i = 1.0 / x, q = i * i;
  N sum = 1.0 / 156;
  for (const double c :
       {-691.0 / 360360, 1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12})
    sum = N(c) + q * sum;
  return i * sum;
}

}  // namespace cinta::kernels::special
