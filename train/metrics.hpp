#pragma once
// Figures of merit on plain numbers. Names and conventions are scikit-learn's; truth comes first.
//
// All functions throw ValueError for empty input, for lengths that differ and for a NaN.

#include <span>

#pragma GCC visibility push(default)
namespace cinta::train {

using Values = std::span<const double>;

// Regression

/// Mean of (truth - prediction)^2.
double mean_squared_error(Values truth, Values prediction);

/// Mean of |truth - prediction|.
double mean_absolute_error(Values truth, Values prediction);

/// Mean of |truth - prediction| / |truth|, as a share (0.08 is 8 %). Throws ValueError for a truth
/// of 0, for which it is not defined.
double mean_absolute_percentage_error(Values truth, Values prediction);

/// 1 - squared error / squared distance of the truth from its mean. 1 is perfect, 0 is no better
/// than the mean. Squares may leave the range of a double. Throws ValueError when all true values
/// are equal and when one is infinite.
double r2_score(Values truth, Values prediction);

// Two classes. Truth is 0 or 1 (anything else throws ValueError), `probability` that of class 1;
// a row counts as class 1 when its probability is at least `threshold`.

/// Share of rows put in their class.
double accuracy(Values truth, Values probability, double threshold = 0.5);

/// Share of the more frequent class: what is right without looking at anything else.
double majority_accuracy(Values truth);

/// 2 TP / (2 TP + FP + FN) of class 1; 0 when there is neither truth nor prediction of class 1.
double f1_score(Values truth, Values probability, double threshold = 0.5);

/// Area under the ROC curve: the chance that a random row of class 1 scores higher than one of
/// class 0, ties counting half. `score` may have any scale. Throws ValueError when only one class
/// is present.
double roc_auc(Values truth, Values score);

/// Mean of -log(probability of the true class), in nats. Probabilities lie in [0, 1] and are
/// clipped to [eps, 1 - eps]. Throws ValueError outside that.
double log_loss(Values truth, Values probability, double eps = 1e-15);

// Several runs

/// Mean and sample standard deviation (n - 1; 0 for a single value and for equal ones). mean_std
/// throws ValueError for an infinite value.
struct MeanStd {
  double mean = 0;
  double std = 0;
};
MeanStd mean_std(Values values);

}  // namespace cinta::train
#pragma GCC visibility pop
