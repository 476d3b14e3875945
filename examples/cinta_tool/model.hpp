#pragma once
// A network for the rows of a table, and all that is learned with it.

#include <cinta/cinta.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/callback.hpp>
#include <cinta/train/data/features/preparation.hpp>
#include <cinta/train/data/split/split.hpp>

namespace tool {

using namespace cinta;
using train::Rows;

struct Settings {
  std::string target;
  std::string task = "auto";  // or "regression", "classes"
  std::int64_t hidden = 64, batch = 128;
  int epochs = 30, patience = 6;
  double lr = 1e-3, l2 = 0, dropout = 0.1;
  std::uint64_t seed = 1;
};

/// What a table is to tell: its target, as numbers or classes.
struct Target {
  std::string column;
  std::vector<std::string> labels;  // of classes, in alphabetical order; empty for numbers
  std::vector<double> values;       // a number or a class for each row
  bool classes() const { return !labels.empty(); }
};

/// Reads the target column. Throws IoError for a cell that is missing or, with `known` labels, a
/// class that is none of them.
Target read_target(const io::CsvTable& table, const std::string& column, const std::string& task,
                   const std::vector<std::string>& known = {});

/// What becomes of each column but the target, by what is in it: numbers, dates, texts of several
/// words, or categories. Columns that say nothing, or something else in every row, are left out.
train::Preparation recipe_for(const io::CsvTable& table, const std::string& target);

struct Net : nn::Module {
  Net(std::int64_t numbers, const std::vector<std::int64_t>& categories, std::int64_t outputs,
      const Settings& settings);
  Tensor operator()(const train::Features& rows) const;

  std::vector<nn::Embedding> tables;
  nn::Linear first, second, out;
  nn::Dropout drop;
};

/// A trained model with its preparation, to be saved and used.
class Model {
 public:
  /// Trains on the rows. With `validation` rows the best epoch is kept and training may stop early.
  Model(const io::CsvTable& table, const Target& target, const Rows& training,
        const Rows& validation, const Settings& settings,
        const std::vector<train::Callback>& callbacks = {});
  /// Reads what save() has written.
  explicit Model(const std::string& path);
  void save(const std::string& path) const;

  /// Trains further with another L2 penalty, for a path.
  void train_more(double l2, int epochs);

  /// Numbers (rows), or probabilities (rows * classes).
  std::vector<double> predict(const io::CsvTable& table, const Rows& rows) const;
  /// R2, or the share of rows put in their class.
  double score(const io::CsvTable& table, const Target& target, const Rows& rows) const;

  const std::vector<train::EpochRecord>& history() const { return history_; }
  const std::vector<std::string>& labels() const { return labels_; }
  const std::string& target() const { return settings_.target; }
  const train::Prepared& prepared() const { return prepared_; }
  const Net& net() const { return *net_; }

 private:
  Tensor loss(const Tensor& output, const Tensor& target) const;
  std::vector<double> raw(const train::Features& rows) const;
  void make_net();

  Settings settings_;
  std::vector<std::string> labels_;
  double shift_ = 0, scale_ = 1;  // of a number
  train::Prepared prepared_;
  std::optional<Net> net_;
  Tensor targets_;  // of the training rows
  std::vector<train::EpochRecord> history_;
};

}  // namespace tool
