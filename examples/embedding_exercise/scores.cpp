#include "scores.hpp"

#include <algorithm>
#include <cinta/train/metrics/mean_std.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <limits>

namespace exercise {

namespace metrics = cinta::train;

namespace {

constexpr double undefined = std::numeric_limits<double>::quiet_NaN();

double percentage_error(Task task, std::span<const double> truth,
                        std::span<const double> prediction) {
  std::vector<double> t(truth.begin(), truth.end()), p(prediction.begin(), prediction.end());
  if (task == Task::log_regression)
    for (std::vector<double>* values : {&t, &p})
      for (double& value : *values) value = std::exp(value);
  if (std::find(t.begin(), t.end(), 0.0) != t.end()) return undefined;
  return 100 * metrics::mean_absolute_percentage_error(t, p);
}

bool constant(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; });
}

}  // namespace

std::vector<std::string> score_names(Task task) {
  if (task == Task::classification) return {"loss", "accuracy", "F1", "AUC"};
  return {"loss", "R2", "error %"};
}

std::vector<double> score(Task task, std::span<const double> truth,
                          std::span<const double> prediction, double scale) {
  const bool one_value = constant(truth);
  if (task == Task::classification)
    return {metrics::log_loss(truth, prediction), metrics::accuracy(truth, prediction),
            metrics::f1_score(truth, prediction),
            one_value ? undefined : metrics::roc_auc(truth, prediction)};
  return {metrics::mean_squared_error(truth, prediction) / (scale * scale),
          one_value ? undefined : metrics::r2_score(truth, prediction),
          percentage_error(task, truth, prediction)};
}

}  // namespace exercise
