#pragma once
// How far predictions of numbers are from the truth. Names and conventions are scikit-learn's;
// truth comes first.
//
// `weights` has one number a row, or is empty for equal ones. All functions throw ValueError for no
// rows, for lengths that differ, for a NaN, for a negative weight and for weights that are all 0.

#include <span>

#pragma GCC visibility push(default)
namespace cinta::train {

using Values = std::span<const double>;

/// Mean of (truth - prediction)^2.
double mean_squared_error(Values truth, Values prediction, Values weights = {});

/// Its square root.
double root_mean_squared_error(Values truth, Values prediction, Values weights = {});

/// Mean of |truth - prediction|.
double mean_absolute_error(Values truth, Values prediction, Values weights = {});

/// Median of |truth - prediction|; with weights, where half of them lie on either side, the mean of
/// two neighbours where that is between them.
double median_absolute_error(Values truth, Values prediction, Values weights = {});

/// Largest |truth - prediction|.
double max_error(Values truth, Values prediction);

/// Mean of |truth - prediction| / |truth|, as a share (0.08 is 8 %). Throws ValueError for a truth
/// of 0, for which it is not defined.
double mean_absolute_percentage_error(Values truth, Values prediction, Values weights = {});

/// 1 - squared error / squared distance of the truth from its mean. 1 is perfect, 0 is no better
/// than the mean. Squares may leave the range of a double. Throws ValueError when all true values
/// are equal and when one is infinite.
double r2_score(Values truth, Values prediction, Values weights = {});

/// 1 - variance of the errors / variance of the truth: r2_score that forgives a constant error.
/// Throws as r2_score does.
double explained_variance(Values truth, Values prediction, Values weights = {});

/// Mean of quantile * (truth - prediction) where that is positive, and (1 - quantile) * (prediction
/// - truth) elsewhere. Least for the quantile of the truth. Throws ValueError for a quantile
/// outside [0, 1].
double pinball_loss(Values truth, Values prediction, double quantile, Values weights = {});

/// Mean of 2 * (truth * log(truth / prediction) - truth + prediction), for counts. Throws
/// ValueError for a negative truth or a prediction that is not positive.
double poisson_deviance(Values truth, Values prediction, Values weights = {});

}  // namespace cinta::train
#pragma GCC visibility pop
