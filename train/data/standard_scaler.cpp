#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/standard_scaler.hpp>
#include <cmath>

namespace cinta::train {

StandardScaler::StandardScaler(const std::vector<double>& values, const Rows& training) {
  double n = 0, sum = 0, squares = 0;
  for (std::int64_t row : training) {
    if (std::isnan(values.at(row))) continue;
    sum += values[row];
    ++n;
  }
  if (n == 0) throw ValueError("StandardScaler: no numbers to learn from");
  mean_ = sum / n;
  // A second pass: the difference of large squares would lose the digits that matter.
  for (std::int64_t row : training)
    if (!std::isnan(values[row])) squares += (values[row] - mean_) * (values[row] - mean_);
  const double std = std::sqrt(squares / n);
  // Rounding leaves a constant column a tiny spread, which must not be blown up to 1.
  if (std > 1e-12 * std::abs(mean_)) scale_ = std;
}

}  // namespace cinta::train
