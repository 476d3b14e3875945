#include <algorithm>
#include <cinta/train/detail/metric_checks.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <limits>
#include <numeric>

namespace cinta::train {
namespace {

using detail::check_probabilities;
using detail::mean_of;
using detail::refuse;

void check_classes(const char* metric, Values truth, Values prediction, Values weights) {
  detail::check(metric, truth, prediction, weights);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] != 0 && truth[i] != 1)
      refuse(metric, "true class " + std::to_string(i) + " is neither 0 nor 1");
}

/// Rows of one score, and all of larger ones: their weights of class 1 and of class 0.
struct Step {
  double score, positive, negative;
};

/// From the largest score down.
std::vector<Step> steps_of(Values truth, Values score, Values weights) {
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return score[a] > score[b]; });
  std::vector<Step> steps;
  double positive = 0, negative = 0;
  for (const std::size_t i : order) {
    const double weight = detail::weight(weights, i);
    if (weight == 0) continue;
    (truth[i] == 1 ? positive : negative) += weight;
    if (steps.empty() || steps.back().score != score[i]) steps.push_back({score[i], 0, 0});
    steps.back().positive = positive;
    steps.back().negative = negative;
  }
  return steps;
}

std::vector<Step> steps_of_both(const char* metric, Values truth, Values score, Values weights) {
  check_classes(metric, truth, score, weights);
  auto steps = steps_of(truth, score, weights);
  if (steps.back().positive == 0 || steps.back().negative == 0)
    refuse(metric, "only one class is present");
  return steps;
}

}  // namespace

double accuracy(Values truth, Values probability, double threshold, Values weights) {
  check_classes("accuracy", truth, probability, weights);
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    return double((probability[i] >= threshold) == (truth[i] == 1));
  });
}

double majority_accuracy(Values truth, Values weights) {
  check_classes("majority_accuracy", truth, truth, weights);
  const double positive = mean_of(truth.size(), weights, [&](std::size_t i) { return truth[i]; });
  return std::max(positive, 1 - positive);
}

double f1_score(Values truth, Values probability, double threshold, Values weights) {
  check_classes("f1_score", truth, probability, weights);
  double hits = 0, wrong = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const bool positive = probability[i] >= threshold;
    if (positive && truth[i] == 1) hits += detail::weight(weights, i);
    if (positive != (truth[i] == 1)) wrong += detail::weight(weights, i);
  }
  return hits == 0 ? 0 : hits / (hits + wrong / 2);
}

double log_loss(Values truth, Values probability, double eps, Values weights) {
  check_classes("log_loss", truth, probability, weights);
  check_probabilities("log_loss", probability);
  detail::check_eps("log_loss", eps);
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    return -std::log(std::clamp(truth[i] == 1 ? probability[i] : 1 - probability[i], eps, 1 - eps));
  });
}

double brier_score(Values truth, Values probability, Values weights) {
  check_classes("brier_score", truth, probability, weights);
  check_probabilities("brier_score", probability);
  return mean_of(truth.size(), weights, [&](std::size_t i) {
    return (probability[i] - truth[i]) * (probability[i] - truth[i]);
  });
}

Calibration calibration_curve(Values truth, Values probability, int bins, Values weights) {
  check_classes("calibration_curve", truth, probability, weights);
  check_probabilities("calibration_curve", probability);
  if (bins < 1) refuse("calibration_curve", "bins must be at least 1, got " + std::to_string(bins));
  const auto count = static_cast<std::size_t>(bins);
  std::vector<double> sums(count), hits(count), totals(count);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const std::size_t bin = std::min(std::size_t(probability[i] * bins), count - 1);
    const double weight = detail::weight(weights, i);
    sums[bin] += weight * probability[i];
    hits[bin] += weight * truth[i];
    totals[bin] += weight;
  }
  Calibration curve;
  for (std::size_t bin = 0; bin < count; ++bin) {
    if (totals[bin] == 0) continue;
    curve.probability.push_back(sums[bin] / totals[bin]);
    curve.frequency.push_back(hits[bin] / totals[bin]);
    curve.weight.push_back(totals[bin]);
  }
  return curve;
}

double calibration_error(Values truth, Values probability, int bins, Values weights) {
  const Calibration curve = calibration_curve(truth, probability, bins, weights);
  return mean_of(curve.weight.size(), curve.weight, [&](std::size_t i) {
    return std::abs(curve.probability[i] - curve.frequency[i]);
  });
}

RocCurve roc_curve(Values truth, Values score, Values weights) {
  const auto steps = steps_of_both("roc_curve", truth, score, weights);
  RocCurve curve{{std::numeric_limits<double>::infinity()}, {0}, {0}};
  for (const Step& step : steps) {
    curve.threshold.push_back(step.score);
    curve.false_positive_rate.push_back(step.negative / steps.back().negative);
    curve.true_positive_rate.push_back(step.positive / steps.back().positive);
  }
  return curve;
}

double roc_auc(Values truth, Values score, Values weights) {
  const auto steps = steps_of_both("roc_auc", truth, score, weights);
  // A group of ties is beaten by the rows of class 1 above it, and by half of its own. In units in
  // which the products of weights stay in range.
  const int unit = std::ilogb(steps.back().positive), other = std::ilogb(steps.back().negative);
  double wins = 0, positive = 0, negative = 0;
  for (const Step& step : steps) {
    const double above = positive;
    positive = std::ldexp(step.positive, -unit);
    wins += std::ldexp(step.negative - negative, -other) * (above + positive) / 2;
    negative = step.negative;
  }
  return wins / (positive * std::ldexp(negative, -other));
}

namespace {

PrecisionRecallCurve curve_for(const char* metric, Values truth, Values score, Values weights) {
  check_classes(metric, truth, score, weights);
  const auto steps = steps_of(truth, score, weights);
  if (steps.back().positive == 0) refuse(metric, "no row of class 1");
  PrecisionRecallCurve curve{{std::numeric_limits<double>::infinity()}, {1}, {0}};
  for (const Step& step : steps) {
    curve.threshold.push_back(step.score);
    curve.precision.push_back(step.positive / (step.positive + step.negative));
    curve.recall.push_back(step.positive / steps.back().positive);
  }
  return curve;
}

}  // namespace

PrecisionRecallCurve precision_recall_curve(Values truth, Values score, Values weights) {
  return curve_for("precision_recall_curve", truth, score, weights);
}

double average_precision(Values truth, Values score, Values weights) {
  const PrecisionRecallCurve curve = curve_for("average_precision", truth, score, weights);
  double area = 0;
  for (std::size_t i = 1; i < curve.recall.size(); ++i)
    area += curve.precision[i] * (curve.recall[i] - curve.recall[i - 1]);
  return area;
}

double area_under(Values x, Values y) {
  detail::check("area_under", x, y);
  if (x.size() < 2) refuse("area_under", "needs two points");
  double area = 0;
  for (std::size_t i = 1; i < x.size(); ++i) area += (x[i] - x[i - 1]) * (y[i] + y[i - 1]) / 2;
  return area;
}

}  // namespace cinta::train
