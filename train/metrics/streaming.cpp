#include <algorithm>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/metrics/streaming.hpp>
#include <cmath>

namespace cinta::train {
namespace {

std::vector<double> numbers_of(const Tensor& tensor) {
  return to(tensor.detach(), float64).to_vector<double>();
}

void check_same(const char* who, const Tensor& truth, const Tensor& prediction, const Site& site) {
  cinta::detail::check_defined({who, site}, {truth, prediction});
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

void RegressionSums::Spread::rescale(int to) {
  if (to == exponent) return;
  mean = std::ldexp(mean, exponent - to);
  around_mean = std::ldexp(around_mean, 2 * (exponent - to));
  around_0 = std::ldexp(around_0, 2 * (exponent - to));
  exponent = to;
}

void RegressionSums::Spread::join(Spread other, double other_weight, double weight_before) {
  const int common = std::max(exponent, other.exponent);
  rescale(common);
  other.rescale(common);
  const double apart = other.mean - mean, share = other_weight / (weight_before + other_weight);
  mean += apart * share;
  around_mean += other.around_mean + apart * apart * (weight_before * share);
  around_0 += other.around_0;
}

void RegressionSums::Spread::add(double value, double weight, double weight_before) {
  const double v = std::ldexp(value, -exponent);
  join({v, 0, weight * v * v, exponent}, weight, weight_before);
}

// With the unit of the largest of them that is a number.
RegressionSums::Spread RegressionSums::empty(Values values) {
  Spread none;
  for (const double v : values)
    if (v != 0 && std::isfinite(v)) none.exponent = std::max(none.exponent, std::ilogb(v));
  return none;
}

void RegressionSums::update(Values truth, Values prediction, Values weights) {
  if (truth.empty() && prediction.empty()) return;
  detail::check("RegressionSums", truth, prediction, weights);
  std::vector<double> errors;
  for (std::size_t i = 0; i < truth.size(); ++i) errors.push_back(truth[i] - prediction[i]);
  RegressionSums batch;
  batch.truth_ = empty(truth);
  batch.error_ = empty(errors);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double w = detail::weight(weights, i);
    if (w == 0) continue;
    batch.absolute_ += w * std::abs(errors[i]);
    batch.truth_.add(truth[i], w, batch.weight_);
    batch.error_.add(errors[i], w, batch.weight_);
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
  truth_.join(other.truth_, other.weight_, weight_);
  error_.join(other.error_, other.weight_, weight_);
  weight_ += other.weight_;
}

void RegressionSums::check(const char* who) const {
  if (weight_ == 0) detail::refuse(who, "no rows yet");
}

double RegressionSums::explained(const char* who, double left) const {
  if (truth_.around_mean == 0) detail::refuse(who, "the true values are all the same");
  return 1 - std::ldexp(left / truth_.around_mean, 2 * (error_.exponent - truth_.exponent));
}

double RegressionSums::mean_squared_error() const {
  check("mean_squared_error");
  return std::ldexp(error_.around_0 / weight_, 2 * error_.exponent);
}
double RegressionSums::root_mean_squared_error() const {
  check("root_mean_squared_error");
  return std::ldexp(std::sqrt(error_.around_0 / weight_), error_.exponent);
}
double RegressionSums::mean_absolute_error() const {
  check("mean_absolute_error");
  return absolute_ / weight_;
}
double RegressionSums::r2_score() const {
  check("r2_score");
  return explained("r2_score", error_.around_0);
}
double RegressionSums::explained_variance() const {
  check("explained_variance");
  return explained("explained_variance", error_.around_mean);
}

void Collected::update(const Tensor& truth, const Tensor& prediction, Site site) {
  check_same("Collected", truth, prediction, site);
  for (const double value : numbers_of(truth)) truth_.push_back(value);
  for (const double value : numbers_of(prediction)) prediction_.push_back(value);
}

}  // namespace cinta::train
