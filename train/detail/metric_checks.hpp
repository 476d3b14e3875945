#pragma once
// What all metrics ask of their rows, and their weighted mean.

#include <cinta/autograd/core/error.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <cmath>
#include <string>

namespace cinta::train::detail {

[[noreturn]] inline void refuse(const char* metric, const std::string& why) {
  throw ValueError(std::string(metric) + ": " + why);
}

inline void check(const char* metric, Values values) {
  if (values.empty()) refuse(metric, "no values");
  for (std::size_t i = 0; i < values.size(); ++i)
    if (std::isnan(values[i])) refuse(metric, "value " + std::to_string(i) + " is NaN");
}

/// Returns the sum of the weights of `rows` rows.
inline double check_weights(const char* metric, std::size_t rows, Values weights) {
  if (weights.empty()) return double(rows);
  if (weights.size() != rows)
    refuse(metric,
           std::to_string(rows) + " rows but " + std::to_string(weights.size()) + " weights");
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!(weights[i] >= 0) || std::isinf(weights[i]))
      refuse(metric, "weight " + std::to_string(i) + " is " + std::to_string(weights[i]));
    sum += weights[i];
  }
  if (!(sum > 0)) refuse(metric, "all weights are 0");
  if (std::isinf(sum)) refuse(metric, "the weights' sum is infinite");
  return sum;
}

inline void check(const char* metric, Values truth, Values prediction, Values weights = {}) {
  if (truth.size() != prediction.size())
    refuse(metric, std::to_string(truth.size()) + " true values but " +
                       std::to_string(prediction.size()) + " predictions");
  check(metric, truth);
  check(metric, prediction);
  check_weights(metric, truth.size(), weights);
}

inline void check_probabilities(const char* metric, Values probability) {
  for (std::size_t i = 0; i < probability.size(); ++i)
    if (probability[i] < 0 || probability[i] > 1)
      refuse(metric, "probability " + std::to_string(i) + " is " + std::to_string(probability[i]) +
                         ", not in [0, 1]");
}

inline void check_eps(const char* metric, double eps) {
  if (!(eps >= 0 && eps < 0.5))
    refuse(metric, "eps is " + std::to_string(eps) + ", not in [0, 0.5)");
}

inline double weight(Values weights, std::size_t i) { return weights.empty() ? 1 : weights[i]; }

/// Mean over all rows of f(i).
template <class F>
double mean_of(std::size_t rows, Values weights, F&& f) {
  double sum = 0, total = 0;
  for (std::size_t i = 0; i < rows; ++i) {
    const double w = weight(weights, i);
    if (w == 0) continue;  // an infinite figure of it does not count either
    sum += w * f(i);
    total += w;
  }
  return sum / total;
}

}  // namespace cinta::train::detail
