#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/metrics/streaming.hpp>

namespace cinta::train {
namespace {

/// Adds to a mean, and to the sum of squares around it, those of more values.
void join(double& mean, double& squares, double weight, double other_mean, double other_squares,
          double other_weight) {
  const double apart = other_mean - mean, total = weight + other_weight;
  mean += apart * (other_weight / total);
  squares += other_squares + apart * apart * (weight * (other_weight / total));
}

std::vector<double> numbers_of(const Tensor& tensor) {
  return to(tensor.detach(), float64).to_vector<double>();
}

void check_same(const char* who, const Tensor& truth, const Tensor& prediction, const Site& site) {
  if (truth.numel() != prediction.numel())
    throw ShapeError(std::string(who) + ": truth " + truth.shape().str() + " and prediction " +
                         prediction.shape().str() + " differ in their number of rows",
                     site);
}

}  // namespace

void RowMean::update(double batch_mean, double rows) {
  if (!(rows >= 0)) detail::refuse("RowMean", "rows must not be negative");
  if (rows == 0) return;
  // Kahan's sum, as a pass may have many batches.
  const double term = batch_mean * rows - lost_, sum = sum_ + term;
  lost_ = std::isfinite(sum) ? (sum - sum_) - term : 0;
  sum_ = sum;
  rows_ += rows;
}

double RowMean::value() const {
  if (rows_ == 0) detail::refuse("RowMean", "no rows yet");
  return sum_ / rows_;
}

void RegressionSums::update(Values truth, Values prediction, Values weights) {
  if (truth.empty() && prediction.empty()) return;
  detail::check("RegressionSums", truth, prediction, weights);
  RegressionSums batch;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double w = detail::weight(weights, i), error = truth[i] - prediction[i];
    if (w == 0) continue;
    batch.absolute_ += w * std::abs(error);
    batch.squared_ += w * error * error;
    join(batch.truth_mean_, batch.truth_squares_, batch.weight_, truth[i], 0, w);
    join(batch.error_mean_, batch.error_squares_, batch.weight_, error, 0, w);
    batch.weight_ += w;
  }
  merge(batch);
}

void RegressionSums::update(const Tensor& truth, const Tensor& prediction, Site site) {
  check_same("RegressionSums", truth, prediction, site);
  update(numbers_of(truth), numbers_of(prediction));
}

void RegressionSums::merge(const RegressionSums& other) {
  if (other.weight_ == 0) return;
  absolute_ += other.absolute_;
  squared_ += other.squared_;
  join(truth_mean_, truth_squares_, weight_, other.truth_mean_, other.truth_squares_,
       other.weight_);
  join(error_mean_, error_squares_, weight_, other.error_mean_, other.error_squares_,
       other.weight_);
  weight_ += other.weight_;
}

void RegressionSums::check(const char* who) const {
  if (weight_ == 0) detail::refuse(who, "no rows yet");
}

double RegressionSums::mean_squared_error() const {
  check("mean_squared_error");
  return squared_ / weight_;
}
double RegressionSums::root_mean_squared_error() const {
  check("root_mean_squared_error");
  return std::sqrt(squared_ / weight_);
}
double RegressionSums::mean_absolute_error() const {
  check("mean_absolute_error");
  return absolute_ / weight_;
}
double RegressionSums::r2_score() const {
  check("r2_score");
  if (truth_squares_ == 0) detail::refuse("r2_score", "the true values are all the same");
  return 1 - squared_ / truth_squares_;
}
double RegressionSums::explained_variance() const {
  check("explained_variance");
  if (truth_squares_ == 0) detail::refuse("explained_variance", "the true values are all the same");
  return 1 - error_squares_ / truth_squares_;
}

void Collected::update(const Tensor& truth, const Tensor& prediction, Site site) {
  check_same("Collected", truth, prediction, site);
  for (const double value : numbers_of(truth)) truth_.push_back(value);
  for (const double value : numbers_of(prediction)) prediction_.push_back(value);
}

}  // namespace cinta::train
