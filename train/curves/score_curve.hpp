#pragma once
// Scores on training and validation rows over something: rows, epochs, a hyperparameter.

#include <cinta/train/callback.hpp>
#include <cinta/train/data/split/fold.hpp>
#include <functional>
#include <string>

#pragma GCC visibility push(default)
namespace cinta::train {

/// One model on the rows that it was trained on, and on others. Both in evaluation mode, so that
/// they can be compared.
struct Scores {
  double train = 0, validation = 0;
};

/// Trains a model, made anew, on the rows `train`, and scores it on them and on `validation`. What
/// is learned from data, scalers and vocabularies too, it learns from `train`; `seed` differs
/// between runs. Random numbers of its thread are its own: see the functions that call it.
using TrainAndScore =
    std::function<Scores(const Rows& train, const Rows& validation, std::uint64_t seed)>;

/// A mean over runs, and where it probably lies.
struct Band {
  double mean = 0;
  double std = 0;            ///< of single runs (n - 1); 0 for one
  double low = 0, high = 0;  ///< confidence interval of the mean; mean -+ infinity for one run
};

/// Of values that share `overlap` of what they come from: 0 for independent runs; rows of
/// validation over rows of training for cross-validation, whose training parts overlap (C. Nadeau,
/// Y. Bengio, "Inference for the generalization error", Machine Learning 52, 2003). By Student's t
/// distribution. Throws ValueError for no values, NaN or infinite ones, a confidence outside (0,
/// 1).
Band band_of(const std::vector<double>& values, double confidence = 0.95, double overlap = 0);

struct ScoreCurve {
  std::string over;       ///< what x is: "training rows"
  std::vector<double> x;  ///< at least one, in the order in which they were asked for
  std::vector<std::vector<Scores>> scores;  ///< scores[i][run] at x[i]; runs are paired over i
  double overlap = 0;                       ///< see band_of

  std::vector<double> train(std::size_t i) const;
  std::vector<double> validation(std::size_t i) const;
  /// Position of the best mean validation score.
  std::size_t best(bool maximize) const;
};

struct CurveOptions {
  std::uint64_t seed = 0;
  double confidence = 0.95;
  int threads = 0;  ///< runs at once; 0: one for each processor. The result does not depend on it
  std::function<void(int done)> on_run = {};  ///< after each run; may throw to end
};

struct LearningCurveOptions : CurveOptions {
  /// Shares of each fold's training rows, in (0, 1].
  std::vector<double> shares = {0.1, 0.2, 0.4, 0.7, 1};
  /// The class of each row of the data: every subset has its classes as the whole has. Empty: none.
  std::vector<std::int64_t> labels = {};
};

/// Scores over the number of training rows. For each fold the training rows are shuffled once, and
/// each size takes the first of them, so that a larger subset holds the smaller ones; the
/// validation rows are the same for all sizes. Bands come from folds: k_fold, or `repeated` for
/// several seeds. Runs are in threads with generators of their own. Throws ValueError for no folds
/// or shares out of their range, for a subset without rows or, with labels, with fewer than
/// classes, and for a row that has no label; what `train` throws passes through.
ScoreCurve learning_curve(const Folds& folds, const TrainAndScore& train,
                          const LearningCurveOptions& options = {});

/// Scores over the values of a hyperparameter: train(value, training rows, validation rows, seed).
/// A run has the same seed for all values.
ScoreCurve validation_curve(
    const std::string& name, const std::vector<double>& values, const Folds& folds,
    const std::function<Scores(double value, const Rows& train, const Rows& validation,
                               std::uint64_t seed)>& train,
    const CurveOptions& options = {});

/// Scores over epochs, from the histories of several runs: two of the figures that `validate` of
/// fit returned, for instance "train accuracy" and "accuracy". "train_loss" is
/// EpochRecord::train_loss. It ends where the shortest history does. Throws ValueError for no
/// epochs or no such figure.
ScoreCurve epoch_curve(const std::vector<std::vector<EpochRecord>>& histories,
                       const std::string& train, const std::string& validation);

}  // namespace cinta::train
#pragma GCC visibility pop
