#pragma once
// How good predictions are, in the figures that fit the task.

#include <span>
#include <string>
#include <vector>

#include "target.hpp"

namespace exercise {

/// Regression: loss, R2, error %. Classification: loss, accuracy, F1, AUC.
std::vector<std::string> score_names(Task task);

/// Position in the scores of the one figure that sums up: R2 or accuracy.
inline constexpr std::size_t headline = 1;

/// Figures in the order of score_names(); NaN where one is not defined (the percentage error with
/// a true value of 0, the AUC of a single class).
/// `truth` and `prediction` are what the model learns: values, logarithms, or classes and
/// probabilities. The loss of a regression is the mean squared error in units of `scale`, the
/// standard deviation of the target in training; R2 is that of what the model learns; the
/// percentage error that of the values themselves, also where the model learned logarithms.
std::vector<double> score(Task task, std::span<const double> truth,
                          std::span<const double> prediction, double scale);

}  // namespace exercise
