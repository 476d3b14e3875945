#pragma once
// The standard normal distribution.

namespace cinta::train::detail {

/// P(x < value).
double normal_share(double value);
/// Its inverse; infinite at 0 and 1.
double normal_quantile(double share);

}  // namespace cinta::train::detail
