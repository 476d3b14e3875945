#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cmath>
#include <limits>
#include <string>

namespace cinta::train {

StandardScaler::StandardScaler(const std::vector<double>& values, const Rows& training) {
  std::vector<double> numbers;
  for (const std::int64_t row : training) {
    const double value = values[detail::index_of("StandardScaler", row, values.size())];
    if (std::isinf(value))
      throw ValueError("StandardScaler: value " + std::to_string(row) + " is infinite");
    if (!std::isnan(value)) numbers.push_back(value);
  }
  if (numbers.empty()) throw ValueError("StandardScaler: no numbers to learn from");
  const detail::Moments m = detail::moments(numbers);
  mean_ = m.mean;
  // A deviation below the smallest number must not divide by 0.
  if (m.std.value > 0) scale_ = std::max(m.std.get(), std::numeric_limits<double>::denorm_min());
}

}  // namespace cinta::train
