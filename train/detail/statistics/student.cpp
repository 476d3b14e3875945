#include <cinta/train/detail/statistics/student.hpp>
#include <cmath>
#include <initializer_list>

namespace cinta::train::detail {
namespace {

/// The regularized incomplete beta function I_x(a, b) for x below (a + 1) / (a + b + 2), by its
/// continued fraction (DLMF 8.17.22) with the modified Lentz method.
double beta_fraction(double x, double a, double b) {
  constexpr double tiny = 1e-300;
  double c = 1, d = 1 - (a + b) * x / (a + 1);
  d = 1 / (std::abs(d) < tiny ? tiny : d);
  double value = d;
  for (int m = 1; m < 1000; ++m) {
    double change = 1;
    for (const double term : {m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                              -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))}) {
      d = 1 + term * d;
      d = 1 / (std::abs(d) < tiny ? tiny : d);
      c = 1 + term / c;
      if (std::abs(c) < tiny) c = tiny;
      change = c * d;
      value *= change;
    }
    if (std::abs(change - 1) < 1e-15) break;
  }
  const double front =
      a * std::log(x) + b * std::log1p(-x) + std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b);
  return std::exp(front) / a * value;
}

/// P(|t| > value).
double two_tails(double value, double degrees) {
  const double a = degrees / 2, x = degrees / (degrees + value * value);
  if (x >= 1) return 1;
  return x < (a + 1) / (a + 2.5) ? beta_fraction(x, a, 0.5) : 1 - beta_fraction(1 - x, 0.5, a);
}

}  // namespace

double student_quantile(double confidence, double degrees) {
  double low = 0, high = 1;
  while (two_tails(high, degrees) > 1 - confidence && high < 1e300) high *= 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle == low || middle == high) break;
    (two_tails(middle, degrees) > 1 - confidence ? low : high) = middle;
  }
  return high;
}

}  // namespace cinta::train::detail
