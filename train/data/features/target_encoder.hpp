#pragma once
// Categories as the mean of the target, without a row knowing its own.

#include <cinta/train/random.hpp>
#include <map>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

struct TargetEncoderOptions {
  /// Rows of the overall mean that each category is mixed with: (sum + smoothing * mean) / (rows +
  /// smoothing), so that a category of few rows says little.
  double smoothing = 10;
  int folds = 5;  ///< of cross-fitting
  std::uint64_t seed = 0;
};

/// Learns a number for each category from the training rows (D. Micci-Barreca, "A preprocessing
/// scheme for high-cardinality categorical attributes", SIGKDD Explorations 3, 2001). Training rows
/// themselves get numbers that were learned without them, from the other folds (cross-fitting): a
/// category of one row would otherwise tell its target.
class TargetEncoder {
 public:
  TargetEncoder() = default;
  /// `targets` holds one number a row. Throws ValueError for no training rows, fewer than two folds
  /// or more than rows, a negative smoothing, a row that there is not, or a training target that is
  /// not finite.
  TargetEncoder(const std::vector<std::string>& cells, const std::vector<double>& targets,
                const Rows& training, TargetEncoderOptions options = {});
  /// As it was: from numbers() and mean().
  TargetEncoder(std::map<std::string, double, std::less<>> numbers, double mean)
      : numbers_(std::move(numbers)), mean_(mean) {}

  /// Of the training rows, in their order.
  const std::vector<double>& training() const { return training_; }
  /// Of any other row: an unknown category has the overall mean.
  double transform(const std::string& category) const;

  const std::map<std::string, double, std::less<>>& numbers() const { return numbers_; }
  double mean() const { return mean_; }

 private:
  std::map<std::string, double, std::less<>> numbers_;
  double mean_ = 0;
  std::vector<double> training_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
