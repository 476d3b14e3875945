#include <cinta/train/detail/statistics/normal.hpp>
#include <cmath>
#include <numbers>

namespace cinta::train::detail {

double normal_share(double value) { return std::erfc(-value / std::numbers::sqrt2) / 2; }

double normal_quantile(double share) {
  if (!(share > 0)) return share == 0 ? -HUGE_VAL : std::nan("");
  if (!(share < 1)) return share == 1 ? HUGE_VAL : std::nan("");
  if (share == 0.5) return 0;
  if (share > 0.5) return -normal_quantile(1 - share);
  // Newton's method on log P(x < value), which is concave: from a start on the left (Mills' ratio
  // bounds the tail) the steps go up to the solution.
  double x = -std::sqrt(-2 * std::log(share)) - 1;
  for (int i = 0; i < 60; ++i) {
    const double p = normal_share(x);
    const double density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
    const double step = (std::log(share) - std::log(p)) * p / density;
    x += step;
    if (std::abs(step) <= 1e-15 * (1 + std::abs(x))) break;
  }
  return x;
}

}  // namespace cinta::train::detail
