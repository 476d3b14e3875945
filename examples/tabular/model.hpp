#pragma once
// A network with embeddings for the rows of a table, and all that is learned with it.

#include <cinta/cinta.hpp>
#include <cinta/train/data/features/preparation.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <optional>

#include "target.hpp"

namespace tabular {

using namespace cinta;

struct NetOptions {
  std::vector<std::int64_t> hidden{64, 64};  ///< sizes of the hidden layers
  double dropout = 0.1;                      ///< share of hidden units
  std::int64_t embedding_dim = 0;  ///< 0: half as wide as there are categories, at most 16
  double unknown_rate = 0.02;      ///< share of the categories that are hidden in training
};

struct Settings : NetOptions {
  int epochs = 30;
  int patience = 6;       ///< epochs without a better validation loss; 0 never stops
  bool keep_best = true;  ///< the epoch that validates best, otherwise the last
  std::int64_t batch = 128;
  double lr = 1e-3;        ///< of Adam
  double l1 = 0, l2 = 0;   ///< l1 * sum |w| + l2 / 2 * sum w^2 of all weights, biases left out
  std::uint64_t seed = 1;  ///< of initial weights, order of the rows, dropout
};

/// Rows as a network reads them, and what it should answer.
struct Part {
  train::Features inputs;
  Tensor target;  ///< float32 (rows, 1): standardised, or 0 and 1; int64 (rows,) of more classes
};

/// Numbers and embeddings side by side, through hidden layers with ReLU and dropout. In training a
/// small share of the ids is hidden: they become 0, so that the row for unknown categories learns
/// what to do when nothing is known.
class Net : public nn::Module {
 public:
  /// `categories` has the number of ids of each; without any there are no embeddings.
  Net(std::int64_t numbers, const std::vector<std::int64_t>& categories, std::int64_t outputs,
      const NetOptions& options);
  Tensor operator()(const train::Features& rows) const;

  const std::vector<nn::Embedding>& tables() const { return tables_; }
  /// All weights, tables included and biases left out.
  Tensors weights() const;

 private:
  nn::Dropout dropout_;
  std::vector<nn::Embedding> tables_;
  std::vector<nn::Linear> layers_;
  double unknown_rate_;
};

/// What is learned from the training rows before a network is: a model is of no use without it.
struct Learned {
  std::string target;               ///< as it was asked for
  bool log = false;                 ///< numbers are logarithms
  std::vector<std::string> labels;  ///< of classes
  train::Prepared columns;
  double shift = 0, scale = 1;  ///< of a number in training
  double low = 0, high = 1;     ///< predictions are limited to the range of training

  std::int64_t outputs() const { return labels.size() > 2 ? std::int64_t(labels.size()) : 1; }
  /// The rows that it was learned from, and any others.
  Part training(const Target& target, const Rows& rows) const;
  Part part(const io::CsvTable& table, const Target& target, const Rows& rows) const;
};
Learned learn(const io::CsvTable& table, const Target& target, const train::Preparation& recipe,
              const Rows& training);

/// What a plain recipe makes of each column but the target's, by what is in it: numbers, dates,
/// texts of several words, or categories. Columns that say nothing, or something else in every row,
/// are left out. Throws ValueError if none is left.
train::Preparation recipe_for(const io::CsvTable& table, const Target& target);

/// What a trained model tells of its training.
struct Record {
  std::string command;  ///< that repeats it
  std::vector<train::EpochRecord> history;
  std::vector<double> figures;  ///< of training, validation and test rows, one after another
};

/// A network with its preparation, to be trained, saved and used.
class Model {
 public:
  /// With initial weights. Without `embeddings` categories are left out.
  Model(Learned learned, const Settings& settings, bool embeddings = true);
  /// Reads what save() has written. Throws IoError for another file.
  explicit Model(const std::string& path);
  void save(const std::string& path, const Record& record = {}) const;
  /// What save() was told.
  const Record& record() const { return record_; }

  /// Trains with a new optimizer. With validation rows the best epoch is kept and training may stop
  /// early. `options` adds callbacks and checkpoints.
  train::FitResult fit(const Part& training, const Part* validation,
                       train::FitOptions options = {});
  /// Mean over all rows, in batches so that many rows need little memory.
  double loss(const Part& part) const;
  /// Numbers (rows), or probabilities (rows * classes).
  std::vector<double> predict(const train::Features& rows) const;

  Settings& settings() { return settings_; }
  const Settings& settings() const { return settings_; }
  const Learned& learned() const { return learned_; }
  const Net& net() const { return *net_; }

 private:
  Tensor loss_of(const Tensor& output, const Tensor& target) const;

  Learned learned_;
  Settings settings_;
  std::vector<std::int64_t> sizes_;  // ids of each category with an embedding
  std::optional<Net> net_;
  Record record_;
};

}  // namespace tabular
