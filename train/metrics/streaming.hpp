#pragma once
// Figures over batches that are those of all rows, whatever the batches: a mean over batch means
// would count rows of the last, smaller batch more, and is no R2 or AUC at all.

#include <cinta/autograd/tensor.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// A mean over rows from means over batches, such as losses.
class RowMean {
 public:
  /// Throws ValueError for a negative number of rows.
  void update(double batch_mean, double rows);
  void reset() { *this = RowMean(); }
  /// Throws ValueError before the first row.
  double value() const;

 private:
  double sum_ = 0, lost_ = 0, rows_ = 0;  // lost_: what rounding took from sum_
};

/// Errors of numbers, without keeping them.
class RegressionSums {
 public:
  /// Of one number a row. Throws ValueError for lengths that differ, NaN or negative weights.
  void update(Values truth, Values prediction, Values weights = {});
  void update(const Tensor& truth, const Tensor& prediction, Site site = {});
  /// Adds those of another one, for instance of another thread.
  void merge(const RegressionSums& other);
  void reset() { *this = RegressionSums(); }

  // As the functions of these names; ValueError before there are rows.
  double mean_squared_error() const;
  double root_mean_squared_error() const;
  double mean_absolute_error() const;
  double r2_score() const;
  double explained_variance() const;

 private:
  // A mean, and sums of squares around it (T. Chan et al., "Updating formulae and a pairwise
  // algorithm for computing sample variances", 1979) and around 0, in units of a power of two: the
  // squares might leave the range.
  struct Spread {
    double mean = 0, around_mean = 0, around_0 = 0;
    int exponent = -5000;  // below that of any number, as there is none

    void add(double value, double weight, double weight_before);
    void join(Spread other, double other_weight, double weight_before);
    void rescale(int to);
  };
  static Spread empty(Values values);
  void check(const char* who) const;
  double explained(const char* who, double left) const;
  double weight_ = 0, absolute_ = 0;
  Spread truth_, error_;
};

/// Keeps all rows, for figures that are no sums: areas, medians, calibration.
///
///     train::Collected seen;
///     for (auto& [x, y] : loader) seen.update(y, sigmoid(net(x)));
///     train::roc_auc(seen.truth(), seen.prediction());
class Collected {
 public:
  /// Any shapes with one number a row. Throws ShapeError for numbers of elements that differ.
  void update(const Tensor& truth, const Tensor& prediction, Site site = {});
  void reset() { *this = Collected(); }
  Values truth() const { return truth_; }
  Values prediction() const { return prediction_; }

 private:
  std::vector<double> truth_, prediction_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
