#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/detail/moments.hpp>
#include <cinta/train/metrics.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

namespace cinta::train {
namespace {

[[noreturn]] void refuse(const char* metric, const std::string& why) {
  throw ValueError(std::string(metric) + ": " + why);
}

void check(const char* metric, Values values) {
  if (values.empty()) refuse(metric, "no values");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isnan(values[i])) refuse(metric, "value " + std::to_string(i) + " is NaN");
}

void check(const char* metric, Values truth, Values prediction) {
  if (truth.size() != prediction.size())
    refuse(metric, std::to_string(truth.size()) + " true values but " +
                       std::to_string(prediction.size()) + " predictions");
  check(metric, truth);
  check(metric, prediction);
}

void check_finite(const char* metric, Values values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isinf(values[i])) refuse(metric, "value " + std::to_string(i) + " is infinite");
}

void check_classes(const char* metric, Values truth) {
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] != 0 && truth[i] != 1)
      refuse(metric, "true class " + std::to_string(i) + " is neither 0 nor 1");
}

double mean(Values values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// Mean over all rows of f(truth, prediction).
template <class F>
double mean_of(Values truth, Values prediction, F&& f) {
  double sum = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) sum += f(truth[i], prediction[i]);
  return sum / static_cast<double>(truth.size());
}

}  // namespace

double mean_squared_error(Values truth, Values prediction) {
  check("mean_squared_error", truth, prediction);
  return mean_of(truth, prediction, [](double t, double p) { return (t - p) * (t - p); });
}

double mean_absolute_error(Values truth, Values prediction) {
  check("mean_absolute_error", truth, prediction);
  return mean_of(truth, prediction, [](double t, double p) { return std::abs(t - p); });
}

double mean_absolute_percentage_error(Values truth, Values prediction) {
  const char* metric = "mean_absolute_percentage_error";
  check(metric, truth, prediction);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] == 0) refuse(metric, "true value " + std::to_string(i) + " is 0");
  return mean_of(truth, prediction, [](double t, double p) { return std::abs((t - p) / t); });
}

double r2_score(Values truth, Values prediction) {
  check("r2_score", truth, prediction);
  check_finite("r2_score", truth);
  check_finite("r2_score", prediction);
  const detail::Scaled spread = detail::moments(truth).std;
  if (spread.value == 0) refuse("r2_score", "the true values are all the same");
  const double error = detail::ratio(detail::rms_difference(truth, prediction), spread);
  return 1 - error * error;
}

double accuracy(Values truth, Values probability, double threshold) {
  check("accuracy", truth, probability);
  check_classes("accuracy", truth);
  return mean_of(truth, probability,
                 [=](double t, double p) { return (p >= threshold) == (t == 1); });
}

double majority_accuracy(Values truth) {
  check("majority_accuracy", truth);
  check_classes("majority_accuracy", truth);
  const double positive = mean(truth);
  return std::max(positive, 1 - positive);
}

double f1_score(Values truth, Values probability, double threshold) {
  check("f1_score", truth, probability);
  check_classes("f1_score", truth);
  double hits = 0, wrong = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool positive = probability[i] >= threshold;
    hits += positive && truth[i] == 1;
    wrong += positive != (truth[i] == 1);
  }
  return hits == 0 ? 0 : 2 * hits / (2 * hits + wrong);
}

double roc_auc(Values truth, Values score) {
  check("roc_auc", truth, score);
  check_classes("roc_auc", truth);
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return score[a] < score[b]; });

  // Walking up the scores: a group of ties beats all negatives below and half of its own.
  double wins = 0, positives = 0, negatives = 0;
  for (std::size_t i = 0; i < order.size();) {
    double tied_positives = 0, tied_negatives = 0;
    const double tie = score[order[i]];
    for (; i < order.size() && score[order[i]] == tie; ++i)
      (truth[order[i]] == 1 ? tied_positives : tied_negatives) += 1;
    wins += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
  }
  if (positives == 0 || negatives == 0) refuse("roc_auc", "only one class is present");
  return wins / (positives * negatives);
}

double log_loss(Values truth, Values probability, double eps) {
  check("log_loss", truth, probability);
  check_classes("log_loss", truth);
  for (std::size_t i = 0; i < probability.size(); ++i)
    if (probability[i] < 0 || probability[i] > 1)
      refuse("log_loss", "probability " + std::to_string(i) + " is " +
                             std::to_string(probability[i]) + ", not in [0, 1]");
  return mean_of(truth, probability, [=](double t, double p) {
    return -std::log(std::clamp(t == 1 ? p : 1 - p, eps, 1 - eps));
  });
}

MeanStd mean_std(Values values) {
  check("mean_std", values);
  check_finite("mean_std", values);
  const detail::Moments m = detail::moments(values);
  if (values.size() < 2) return {m.mean, 0};
  const auto n = static_cast<double>(values.size());
  return {m.mean, detail::Scaled{m.std.value * std::sqrt(n / (n - 1)), m.std.exponent}.get()};
}

}  // namespace cinta::train
