#include <algorithm>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cmath>
#include <vector>

namespace cinta::train::detail {
namespace {

/// The power of two that brings the largest value to between 1/4 and 1/2, where neither a
/// difference nor a sum of squares leaves the range.
int exponent_of(std::span<const double> values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest == 0 ? 0 : std::ilogb(largest) + 2;
}

/// a[i] - b[i], in units of a power of two.
struct Differences {
  std::vector<double> values;
  int exponent;
};
Differences differences(std::span<const double> a, std::span<const double> b) {
  Differences result{{}, std::max(exponent_of(a), exponent_of(b))};
  for (std::size_t i = 0; i < a.size(); ++i)
    result.values.push_back(std::ldexp(a[i], -result.exponent) -
                            std::ldexp(b[i], -result.exponent));
  return result;
}

}  // namespace

double Scaled::get() const { return std::ldexp(value, exponent); }

double ratio(const Scaled& a, const Scaled& b) {
  return std::ldexp(a.value / b.value, a.exponent - b.exponent);
}

Moments moments(std::span<const double> values, std::span<const double> weights) {
  const int exponent = exponent_of(values);
  const double first = std::ldexp(values[0], -exponent);
  // From the first value on: equal values leave nothing, and a large mean cancels before it can
  // swallow digits.
  const auto offset = [&](std::size_t i) { return std::ldexp(values[i], -exponent) - first; };
  double largest = 0;
  for (std::size_t i = 0; i < values.size(); ++i) largest = std::max(largest, std::abs(offset(i)));
  if (largest == 0) return {values[0], {}};
  const double mean = mean_of(values.size(), weights, offset);
  const int further = std::ilogb(largest);
  const auto apart = [&](std::size_t i) { return std::ldexp(offset(i) - mean, -further); };
  const auto square = [&](std::size_t i) { return apart(i) * apart(i); };
  const double rest = mean_of(values.size(), weights, apart);  // what rounding of the mean leaves
  const double variance = std::max(mean_of(values.size(), weights, square) - rest * rest, 0.0);
  return {std::ldexp(first + (mean + std::ldexp(rest, further)), exponent),
          {std::sqrt(variance), exponent + further}};
}

Scaled rms_difference(std::span<const double> a, std::span<const double> b,
                      std::span<const double> weights) {
  const Differences apart = differences(a, b);
  double largest = 0;
  for (const double d : apart.values) largest = std::max(largest, std::abs(d));
  if (largest == 0) return {};
  // Once more, for differences much smaller than the values.
  const int further = std::ilogb(largest);
  const double square = mean_of(a.size(), weights, [&](std::size_t i) {
    const double d = std::ldexp(apart.values[i], -further);
    return d * d;
  });
  return {std::sqrt(square), apart.exponent + further};
}

Scaled std_difference(std::span<const double> a, std::span<const double> b,
                      std::span<const double> weights) {
  const Differences apart = differences(a, b);
  const Scaled std = moments(apart.values, weights).std;
  return {std.value, std.exponent + apart.exponent};
}

}  // namespace cinta::train::detail
