#pragma once
// Standardisation by mean and standard deviation of the training rows only.

#include <cinta/train/random.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Scales a column to mean 0 and standard deviation 1 on the rows that it was made from.
class StandardScaler {
 public:
  StandardScaler() = default;

  /// Learns mean and standard deviation (population, as scikit-learn does) from `values` at the
  /// positions `training`. NaN is skipped. A column whose values are all equal gets a scale of 1,
  /// any other its own, however small beside the mean; squares may leave the range of a double.
  /// Throws ValueError for a row that there is not, and if no number is left or one is infinite.
  StandardScaler(const std::vector<double>& values, const Rows& training);

  double mean() const { return mean_; }
  double scale() const { return scale_; }

  /// (value - mean) / scale; NaN stays NaN.
  double transform(double value) const { return (value - mean_) / scale_; }
  double inverse_transform(double value) const { return value * scale_ + mean_; }

 private:
  double mean_ = 0;
  double scale_ = 1;
};

}  // namespace cinta::train
#pragma GCC visibility pop
