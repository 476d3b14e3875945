#pragma once
// All runs of the exercise: every model and every control with every seed.

#include "dataset.hpp"

namespace exercise {

/// One model with one seed, trained or not, and what it reached.
struct Run {
  std::string model;  ///< a row of the report
  std::uint64_t seed = 0;
  std::vector<double> scores;  ///< on the test rows, in the order of score_names()
  // Of trained models only:
  std::vector<cinta::train::EpochRecord> history = {};
  int best_epoch = 0;
  cinta::nn::StateDict state = {};  ///< parameters of the best epoch
};

// Rows of the report.
inline constexpr const char* without_embeddings = "without embeddings";
inline constexpr const char* with_embeddings = "with embeddings";
/// What is right without looking at anything: the training mean, or the majority class.
inline const char* baseline_name(const Dataset& data) {
  return data.classifies() ? "majority class" : "training mean";
}

/// Regression: loss (mean squared error of the standardised target), R2 of what the model learns,
/// error % of the values themselves, also where the model learned logarithms. Classification: loss,
/// accuracy, F1, AUC. NaN where one is not defined: the error of a true 0, the AUC of one class.
std::vector<std::string> score_names(const Dataset& data);
/// Position in the scores of the one figure that sums up: R2 or accuracy.
inline constexpr std::size_t headline = 1;

struct Results {
  std::vector<Run> models;  ///< baseline, without and with embeddings
  /// 1. The table alone: what each categorical column says without any model, and all together. If
  ///    it nearly solves the task, the target can be read off the categories.
  std::vector<Run> tables;
  /// 2. The categories shuffled over the rows (those of one row stay together), so that they say
  ///    nothing: an embedding that still gains would be a mistake in the experiment.
  std::vector<Run> shuffled;
  /// 3. Categories never seen: all rows of some categories of one column make up the test part, so
  ///    that there they map to the unknown row. With baseline and model without embeddings on the
  ///    same split. None if no column has three categories.
  std::vector<Run> unseen;
  std::optional<std::size_t> unseen_column;
  std::vector<tabular::Learned> learned;  ///< one a seed: what the models' inputs went through
};

/// Runs it all, in memory; controls are empty if they were left out. Throws cinta::ValueError for a
/// split that is impossible and a training that diverges, Interrupted on Ctrl-C.
Results run_exercise(const Dataset& data, const Options& options);

/// One training of the network with embeddings as a trial of a search (docs/tuning.md): a fifth of
/// the rows, distributed like all of them, validates. Test rows are those of options.test_data, if
/// any.
void run_trial(const Options& options);

}  // namespace exercise
