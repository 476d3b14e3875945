#include <algorithm>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cmath>

namespace cinta::train::detail {
namespace {

/// The power of two that brings the largest value to between 1/4 and 1/2, where neither a
/// difference nor a sum of squares leaves the range.
int exponent_of(std::span<const double> values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest == 0 ? 0 : std::ilogb(largest) + 2;
}

}  // namespace

double Scaled::get() const { return std::ldexp(value, exponent); }

double ratio(const Scaled& a, const Scaled& b) {
  return std::ldexp(a.value / b.value, a.exponent - b.exponent);
}

Scaled rms_difference(std::span<const double> a, std::span<const double> b) {
  const int exponent = std::max(exponent_of(a), exponent_of(b));
  double largest = 0;
  const auto difference = [&](std::size_t i) {
    return std::ldexp(a[i], -exponent) - std::ldexp(b[i], -exponent);
  };
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(difference(i)));
  if (largest == 0) return {};
  // Once more, for differences much smaller than the values.
  const int further = std::ilogb(largest);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double d = std::ldexp(difference(i), -further);
    sum += d * d;
  }
  return {std::sqrt(sum / static_cast<double>(a.size())), exponent + further};
}

Moments moments(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const int exponent = exponent_of(values);
  const double first = std::ldexp(values[0], -exponent);
  // From the first value on: equal values leave nothing, and a large mean cancels before it can
  // swallow digits.
  const auto offset = [&](double v) { return std::ldexp(v, -exponent) - first; };
  double sum = 0, largest = 0;
  for (const double v : values) {
    sum += offset(v);
    largest = std::max(largest, std::abs(offset(v)));
  }
  if (largest == 0) return {values[0], {}};
  const double mean = sum / n;
  const int further = std::ilogb(largest);
  double rest = 0, squares = 0;
  for (const double v : values) {
    const double d = std::ldexp(offset(v) - mean, -further);
    rest += d;  // what rounding of the mean leaves
    squares += d * d;
  }
  const double variance = std::max(squares / n - (rest / n) * (rest / n), 0.0);
  return {std::ldexp(first + (mean + std::ldexp(rest / n, further)), exponent),
          {std::sqrt(variance), exponent + further}};
}

}  // namespace cinta::train::detail
