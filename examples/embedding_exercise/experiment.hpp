#pragma once
// One model with one seed, trained or not, and what it reached.

#include <cinta/nn/module/module.hpp>
#include <cinta/train/fit.hpp>

#include "features.hpp"
#include "model.hpp"
#include "scores.hpp"
#include "session.hpp"

namespace exercise {

struct Run {
  std::string model;  ///< a row of the report
  std::uint64_t seed = 0;
  std::vector<double> scores;  ///< on the test rows, in the order of score_names()
  // Of trained models only:
  std::vector<cinta::train::EpochRecord> history;
  int best_epoch = 0;
  cinta::nn::StateDict state;  ///< parameters of the best epoch
};

// Rows of the report.
inline constexpr const char* without_embeddings = "without embeddings";
inline constexpr const char* with_embeddings = "with embeddings";
/// What is right without looking at anything: the training mean, or the majority class.
inline const char* baseline_name(const Dataset& data) {
  return data.classifies() ? "majority class" : "training mean";
}

cinta::Tensor loss_of(bool classifies, const cinta::Tensor& output, const cinta::Tensor& target);

/// Loss over all rows of a part, in batches so that a large part does not need much memory.
double mean_loss(const Net& net, const Part& part, bool classifies);

/// Training steps of one model on about `rows` rows, if it is not stopped early.
std::int64_t steps_of(const Options& options, std::int64_t rows);

/// Trains the network, keeps the epoch that validates best and scores it on the test rows.
/// The seed decides on initial weights, order of the rows and dropout.
Run train_model(const std::string& name, const Dataset& data, const Features& features,
                bool embeddings, std::uint64_t seed, Session& session);

/// One training of the network with embeddings as a trial of a search (docs/tuning.md): a fifth of
/// the rows, distributed like all of them, validates. Test rows are those of options.test_data, if
/// any.
void run_trial(const Options& options);

/// Scores a TableModel of the given categorical columns; of no columns, it is the training mean.
Run table_run(const std::string& name, const Dataset& data, const Split& split,
              const std::vector<std::size_t>& columns, std::uint64_t seed);

}  // namespace exercise
