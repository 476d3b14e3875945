#pragma once
// Means and deviations that neither rounding nor the range of a double spoils.

#include <span>

namespace cinta::train::detail {

/// value * 2^exponent: what may be beyond the range of a double.
struct Scaled {
  double value = 0;
  int exponent = 0;
  double get() const;
};

/// Quotient of two, correct where they are out of range and it is not.
double ratio(const Scaled& a, const Scaled& b);

// In what follows values are finite, one at least. Weights are positive, or there are none and each
// value counts alike.

/// Mean and standard deviation (population, dividing by n). The deviation is 0 if and only if all
/// values are equal, and the mean is exact then.
struct Moments {
  double mean = 0;
  Scaled std;
};
Moments moments(std::span<const double> values, std::span<const double> weights = {});

/// Square root of the mean of the squares of a[i] - b[i].
Scaled rms_difference(std::span<const double> a, std::span<const double> b,
                      std::span<const double> weights = {});

/// Standard deviation of a[i] - b[i].
Scaled std_difference(std::span<const double> a, std::span<const double> b,
                      std::span<const double> weights = {});

}  // namespace cinta::train::detail
