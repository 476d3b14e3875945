#pragma once
// Two classes: truth is 0 or 1 (anything else throws ValueError), and a score or a probability of
// class 1. Names and conventions are scikit-learn's; truth comes first.
//
// `weights` has one number a row, or is empty for equal ones. All functions throw ValueError for no
// rows, for lengths that differ, for a NaN, for a negative weight and for weights that are all 0.

#include <cinta/train/metrics/regression.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Share of rows put in their class: class 1 where its probability is at least `threshold`.
double accuracy(Values truth, Values probability, double threshold = 0.5, Values weights = {});

/// Share of the more frequent class: what is right without looking at anything else.
double majority_accuracy(Values truth, Values weights = {});

/// 2 TP / (2 TP + FP + FN) of class 1; 0 when there is neither truth nor prediction of class 1.
double f1_score(Values truth, Values probability, double threshold = 0.5, Values weights = {});

/// Mean of -log(probability of the true class), in nats. Probabilities lie in [0, 1] and are
/// clipped to [eps, 1 - eps]. Throws ValueError for others, and for an eps outside [0, 0.5).
double log_loss(Values truth, Values probability, double eps = 1e-15, Values weights = {});

/// Mean of (probability - truth)^2. Throws ValueError for a probability outside [0, 1].
double brier_score(Values truth, Values probability, Values weights = {});

/// How far probabilities are from frequencies: rows are put into `bins` equally wide bins by their
/// probability (0 into the first, 1 into the last); the mean over the rows of |mean probability -
/// share of class 1| of their bin (C. Guo et al., "On calibration of modern neural networks", ICML
/// 2017). For more classes: truth is whether the class was right, probability that of the class.
/// Throws ValueError for a probability outside [0, 1] or fewer than one bin.
double calibration_error(Values truth, Values probability, int bins = 15, Values weights = {});

/// The bins themselves: those with rows, in increasing order.
struct Calibration {
  std::vector<double> probability, frequency, weight;  ///< means, and the sum of the weights
};
Calibration calibration_curve(Values truth, Values probability, int bins = 15, Values weights = {});

/// Shares of class 0 and of class 1 whose score is at least a threshold, for each score from the
/// largest down; the first threshold is infinity, which none reaches. Throws ValueError when only
/// one class is present.
struct RocCurve {
  std::vector<double> threshold, false_positive_rate, true_positive_rate;
};
RocCurve roc_curve(Values truth, Values score, Values weights = {});

/// Area under it: the chance that a random row of class 1 scores higher than one of class 0, ties
/// counting half. `score` may have any scale.
double roc_auc(Values truth, Values score, Values weights = {});

/// Precision and recall of taking all scores that are at least a threshold for class 1, for each
/// score from the largest down; the first point has threshold infinity, precision 1 and recall 0.
/// Throws ValueError when there is no row of class 1.
struct PrecisionRecallCurve {
  std::vector<double> threshold, precision, recall;
};
PrecisionRecallCurve precision_recall_curve(Values truth, Values score, Values weights = {});

/// Sum of precision * (recall - recall at the next larger score): the area under that curve without
/// interpolation.
double average_precision(Values truth, Values score, Values weights = {});

/// Area under points (x, y) by trapezoids. Throws ValueError for fewer than two.
double area_under(Values x, Values y);

}  // namespace cinta::train
#pragma GCC visibility pop
