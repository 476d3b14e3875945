#pragma once
// What the command line asks for.

#include <cinta/io/csv.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace exercise {

/// What happens with rows that lack a value.
enum class MissingRows {
  error,  ///< stop at the first
  drop,   ///< leave the row out
  fill,   ///< the training mean of a number, "unknown" for a category
};

struct Options {
  std::string data;
  cinta::io::CsvOptions csv;
  std::string target = "log:price";      ///< a column, log:column, or a condition such as quality>6
  std::vector<std::string> numeric;      ///< columns or log:column; empty: every column of numbers
  std::vector<std::string> categorical;  ///< empty: every column of texts
  std::string unseen;  ///< column of the control with unseen categories; empty: most categories
  MissingRows missing = MissingRows::error;

  std::int64_t embedding_dim = 4;
  std::vector<std::int64_t> hidden{128, 64};
  double dropout = 0.05;
  double unknown_rate = 0.02;  ///< share of categories hidden in training
  double l1 = 0, l2 = 0;

  int epochs = 15;
  std::int64_t batch = 256;
  double lr = 3e-3;
  int patience = 0;       ///< 0: no early stop
  bool keep_best = true;  ///< score the epoch that validates best, otherwise the last
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
