#pragma once
// What the command line asks for.

#include <cinta/train/data/split/split.hpp>
#include <optional>

#include "../tabular/model.hpp"

namespace exercise {

/// What happens with rows that lack a value.
enum class MissingRows {
  error,  ///< stop at the first
  drop,   ///< leave the row out
  fill,   ///< the training mean of a number; a category of their own
};

struct Options : tabular::Settings {
  Options() {
    hidden = {128, 64};
    dropout = 0.05;
    embedding_dim = 4;
    epochs = 15;
    patience = 0;
    batch = 256;
    lr = 3e-3;
  }

  std::string data;
  cinta::io::CsvOptions csv;
  std::string target = "log:price";      ///< a column, log:column, or a condition such as quality>6
  std::vector<std::string> numeric;      ///< columns or log:column; empty: every column of numbers
  std::vector<std::string> categorical;  ///< empty: every column of texts
  std::string unseen;  ///< column of the control with unseen categories; empty: most categories
  MissingRows missing = MissingRows::error;

  std::vector<std::uint64_t> seeds{1, 2, 3};
  cinta::train::SplitFractions fractions;

  std::string trial;      ///< folder of a trial of a search; empty: the whole exercise
  std::string test_data;  ///< of a trial: file of rows that no search has seen

  std::string output = "embedding_exercise_results";
  bool controls = true;
  bool quiet = false;  ///< no progress
};

/// Reads the command line. Empty after --help, which it answers on standard output. Throws
/// cinta::ValueError for flags that are unknown or out of range.
std::optional<Options> parse_options(int argc, char** argv);

}  // namespace exercise
