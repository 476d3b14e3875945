#include <algorithm>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <numeric>
#include <vector>

namespace cinta::train {
namespace {

using detail::check;
using detail::mean_of;
using detail::refuse;

void check_finite(const char* metric, Values values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isinf(values[i])) refuse(metric, "value " + std::to_string(i) + " is infinite");
}

/// Rows that count, with values that count each alike; or the weights are applied in the sums.
struct Weighted {
  std::vector<double> truth, prediction, weights;
};
Weighted without_zeros(Values truth, Values prediction, Values weights) {
  Weighted kept;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (detail::weight(weights, i) == 0) continue;
    kept.truth.push_back(truth[i]);
    kept.prediction.push_back(prediction[i]);
    kept.weights.push_back(weights[i]);
  }
  return kept;
}

double variance(const std::vector<double>& values, const std::vector<double>& weights) {
  const double mean = mean_of(values.size(), weights, [&](std::size_t i) { return values[i]; });
  return mean_of(values.size(), weights,
                 [&](std::size_t i) { return (values[i] - mean) * (values[i] - mean); });
}

/// The power of two that brings the largest value below 1/2, where squares stay within the range.
int exponent_of(const std::vector<double>& values) {
  double largest = 0;
  for (const double v : values) largest = std::max(largest, std::abs(v));
  return largest == 0 ? 0 : std::ilogb(largest) + 2;
}

/// a - b(i), in units of a power of two that is returned too.
template <class B>
std::pair<std::vector<double>, int> differences(const std::vector<double>& a, int exponent, B&& b) {
  std::vector<double> apart(a.size());
  for (std::size_t i = 0; i < a.size(); ++i)
    apart[i] = std::ldexp(a[i], -exponent) - std::ldexp(b(i), -exponent);
  // Once more, for differences much smaller than the values.
  const int further = exponent_of(apart);
  for (double& d : apart) d = std::ldexp(d, -further);
  return {apart, exponent + further};
}

/// 1 - what is left / what there was, of rows with weights.
double explained(const char* metric, Values truth, Values prediction, Values weights,
                 bool forgive_mean) {
  const Weighted rows = without_zeros(truth, prediction, weights);
  if (detail::moments(rows.truth).std.value == 0)
    refuse(metric, "the true values are all the same");
  const int size = exponent_of(rows.truth);
  const auto [errors, error_unit] =
      differences(rows.truth, std::max(size, exponent_of(rows.prediction)),
                  [&](std::size_t i) { return rows.prediction[i]; });
  const auto [spread, spread_unit] =
      differences(rows.truth, size, [&](std::size_t) { return rows.truth[0]; });
  const std::vector<double>& apart = errors;  // clang 14 captures no binding
  const double left = forgive_mean ? variance(apart, rows.weights)
                                   : mean_of(apart.size(), rows.weights,
                                             [&](std::size_t i) { return apart[i] * apart[i]; });
  return 1 - std::ldexp(left / variance(spread, rows.weights), 2 * (error_unit - spread_unit));
}

}  // namespace

double mean_squared_error(Values truth, Values prediction, Values weights) {
  check("mean_squared_error", truth, prediction, weights);
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    return (truth[i] - prediction[i]) * (truth[i] - prediction[i]);
  });
}

double root_mean_squared_error(Values truth, Values prediction, Values weights) {
  check("root_mean_squared_error", truth, prediction, weights);
  return std::sqrt(mean_squared_error(truth, prediction, weights));
}

double mean_absolute_error(Values truth, Values prediction, Values weights) {
  check("mean_absolute_error", truth, prediction, weights);
  return mean_of(truth.size(), weights,
                 [&](std::size_t i) { return std::abs(truth[i] - prediction[i]); });
}

double median_absolute_error(Values truth, Values prediction, Values weights) {
  check("median_absolute_error", truth, prediction, weights);
  std::vector<std::pair<double, double>> errors;  // and weights
  double total = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const double weight = detail::weight(weights, i);
    if (weight > 0) errors.emplace_back(std::abs(truth[i] - prediction[i]), weight);
    total += weight;
  }
  std::sort(errors.begin(), errors.end());
  double below = 0;
  for (std::size_t i = 0;; ++i) {
    below += errors[i].second;
    if (i + 1 == errors.size() || below > total / 2) return errors[i].first;
    if (below == total / 2) return errors[i].first + (errors[i + 1].first - errors[i].first) / 2;
  }
}

double max_error(Values truth, Values prediction) {
  check("max_error", truth, prediction);
  double largest = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    largest = std::max(largest, std::abs(truth[i] - prediction[i]));
  return largest;
}

double mean_absolute_percentage_error(Values truth, Values prediction, Values weights) {
  const char* metric = "mean_absolute_percentage_error";
  check(metric, truth, prediction, weights);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] == 0) refuse(metric, "true value " + std::to_string(i) + " is 0");
  return mean_of(truth.size(), weights,
                 [&](std::size_t i) { return std::abs((truth[i] - prediction[i]) / truth[i]); });
}

double r2_score(Values truth, Values prediction, Values weights) {
  check("r2_score", truth, prediction, weights);
  check_finite("r2_score", truth);
  check_finite("r2_score", prediction);
  if (!weights.empty()) return explained("r2_score", truth, prediction, weights, false);
  const detail::Scaled spread = detail::moments(truth).std;
  if (spread.value == 0) refuse("r2_score", "the true values are all the same");
  const double error = detail::ratio(detail::rms_difference(truth, prediction), spread);
  return 1 - error * error;
}

double explained_variance(Values truth, Values prediction, Values weights) {
  check("explained_variance", truth, prediction, weights);
  check_finite("explained_variance", truth);
  check_finite("explained_variance", prediction);
  const std::vector<double> alike(weights.empty() ? truth.size() : 0, 1.0);
  return explained("explained_variance", truth, prediction,
                   weights.empty() ? Values(alike) : weights, true);
}

double pinball_loss(Values truth, Values prediction, double quantile, Values weights) {
  check("pinball_loss", truth, prediction, weights);
  if (!(quantile >= 0 && quantile <= 1))
    refuse("pinball_loss", "quantile " + std::to_string(quantile) + " is not in [0, 1]");
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    const double error = truth[i] - prediction[i];
    return error > 0 ? quantile * error : (quantile - 1) * error;
  });
}

double poisson_deviance(Values truth, Values prediction, Values weights) {
  check("poisson_deviance", truth, prediction, weights);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] < 0)
      refuse("poisson_deviance", "true value " + std::to_string(i) + " is negative");
    if (!(prediction[i] > 0))
      refuse("poisson_deviance", "prediction " + std::to_string(i) + " is not positive");
  }
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    const double logs = truth[i] > 0 ? truth[i] * std::log(truth[i] / prediction[i]) : 0;
    return 2 * (logs - truth[i] + prediction[i]);
  });
}

}  // namespace cinta::train
