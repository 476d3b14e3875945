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

/// The rows that count: those of the weight 0 are left out.
struct Counting {
  std::vector<double> truth, prediction, weights;
};
Counting rows_that_count(Values truth, Values prediction, Values weights) {
  Counting kept;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (detail::weight(weights, i) == 0) continue;
    kept.truth.push_back(truth[i]);
    kept.prediction.push_back(prediction[i]);
    if (!weights.empty()) kept.weights.push_back(weights[i]);
  }
  return kept;
}

/// 1 - (what is left / what there was)^2, as deviations.
double explained(const char* metric, Values truth, Values prediction, Values weights,
                 detail::Scaled (*left)(Values, Values, Values)) {
  check(metric, truth, prediction, weights);
  check_finite(metric, truth);
  check_finite(metric, prediction);
  const Counting rows = rows_that_count(truth, prediction, weights);
  const detail::Scaled spread = detail::moments(rows.truth, rows.weights).std;
  if (spread.value == 0) refuse(metric, "the true values are all the same");
  const double error = detail::ratio(left(rows.truth, rows.prediction, rows.weights), spread);
  return 1 - error * error;
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
  const double square = mean_squared_error(truth, prediction, weights);
  if (std::isnormal(square)) return std::sqrt(square);
  // Where squares leave the range their root need not.
  const Counting rows = rows_that_count(truth, prediction, weights);
  const auto is_infinite = [](double v) { return std::isinf(v); };
  for (const std::vector<double>* values : {&rows.truth, &rows.prediction})
    if (std::any_of(values->begin(), values->end(), is_infinite)) return std::sqrt(square);
  return detail::rms_difference(rows.truth, rows.prediction, rows.weights).get();
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
  return explained("r2_score", truth, prediction, weights, detail::rms_difference);
}

double explained_variance(Values truth, Values prediction, Values weights) {
  return explained("explained_variance", truth, prediction, weights, detail::std_difference);
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
