#pragma once
// From the columns of a table to the inputs of a network, with all that has to be learned on the
// way.

#include <cinta/autograd/tensor.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/train/data/features/bag_of_words.hpp>
#include <cinta/train/data/features/scaler.hpp>
#include <cinta/train/data/features/target_encoder.hpp>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::train {

/// What stands for a number that is missing.
enum class Fill {
  error,   ///< IoError that names the cell
  mean,    ///< of the training rows
  median,  ///< of the training rows
  zero,    ///< 0, before scaling
};

struct NumericOptions {
  Scaling scaling = Scaling::standard;
  Fill fill = Fill::median;
  bool indicator = false;  ///< a second column: 1 where the number is missing
};

struct CategoryOptions {
  std::int64_t min_rows = 1;  ///< a category of fewer training rows is unknown
};

/// Rows of a network's input.
struct Features {
  Tensor numeric;  ///< float32 (rows, numbers)
  Tensor ids;      ///< int64 (rows, categories), for embeddings; 0 is an unknown category
};

/// What a Preparation has learned from training rows. Can be saved beside the model: add it to its
/// Checkpoint, or load it alone.
class Prepared {
 public:
  Prepared();

  /// Inputs for rows of a table that has the columns, in the order of the rows; not for the
  /// training rows where there are target encodings: see training(). Throws IoError for a column
  /// that is missing, a cell that cannot be understood, or a number beyond float32 when scaled.
  Features transform(const io::CsvTable& table, const Rows& rows) const;
  /// For all rows.
  Features transform(const io::CsvTable& table) const;
  /// Inputs for the training rows, in their order; target encodings in them are cross-fitted. Empty
  /// after loading.
  const Features& training() const { return training_; }

  /// A name for each number: "carat", "carat missing", "day year sin", "text=word".
  std::vector<std::string> numeric_names() const;
  /// A column for each of the ids, and how many ids it has: the rows that its embedding needs.
  std::vector<std::pair<std::string, std::int64_t>> categories() const;
  /// The texts of a category's ids. Throws ValueError for another column.
  std::vector<std::string> labels(const std::string& category) const;
  /// The scale of a column of numbers. Throws ValueError for another column.
  const Scaler& scaler(const std::string& column) const;

  optim::State state_dict() const;
  /// Becomes what was saved, its columns too. Throws ValueError.
  std::function<void()> prepare_load(const optim::State& state, Site site = {});
  void load_state_dict(const optim::State& state, Site site = {}) { prepare_load(state, site)(); }

 private:
  friend class Preparation;
  struct Column;
  std::vector<std::shared_ptr<const Column>> columns_;
  Features training_;
};

/// The recipe: which columns there are, and what becomes of each. It cannot be applied: only what
/// fit() has learned can, and that takes the training rows, so that no scale, vocabulary or
/// encoding has seen another row.
///
///     train::Preparation recipe;
///     recipe.numeric("carat").category("cut").target("city").date("day").text("remarks");
///     const train::Prepared prepared = recipe.fit(table, split.train, targets);
///     prepared.training(), prepared.transform(table, split.validation)
class Preparation {
 public:
  // All throw ValueError for a column that has been named before.
  Preparation& numeric(const std::string& column, NumericOptions options = {});
  /// A missing cell is a category of its own, if training rows have any; otherwise unknown.
  Preparation& category(const std::string& column, CategoryOptions options = {});
  /// A category as a number: see TargetEncoder. Standardised.
  Preparation& target(const std::string& column, TargetEncoderOptions options = {});
  /// See date_features; its days are standardised. A missing date is the training rows' median.
  Preparation& date(const std::string& column);
  /// See BagOfWords. A missing text has no words.
  Preparation& text(const std::string& column, BagOptions options = {});

  /// Learns from the training rows. `targets` has one number for each row of the table; it may be
  /// empty where there are no target encodings. Throws ValueError for no columns or no rows, and
  /// what transform throws.
  Prepared fit(const io::CsvTable& table, const Rows& training,
               const std::vector<double>& targets = {}) const;

 private:
  using Learn = std::function<std::shared_ptr<Prepared::Column>(const io::CsvTable&, const Rows&,
                                                                const std::vector<double>&)>;
  Preparation& add(const std::string& column, Learn learn);
  std::vector<std::pair<std::string, Learn>> columns_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
