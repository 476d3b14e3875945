#pragma once
// The columns that the exercise works on, as numbers and categories.

#include <cinta/train/data/split/split.hpp>
#include <string>
#include <vector>

#include "options.hpp"
#include "target.hpp"

namespace exercise {

using cinta::train::Rows;
using cinta::train::Split;

struct Dataset {
  struct Numeric {
    std::string name;            ///< as on the command line: "log:carat"
    std::vector<double> values;  ///< NaN where missing values are to be filled
  };
  struct Categorical {
    std::string name;
    std::vector<std::string> cells;  ///< one a row
    std::int64_t categories = 0;     ///< different texts
  };

  std::string file;
  std::string target_name;
  Task task = Task::regression;
  std::vector<Numeric> numeric;
  std::vector<Categorical> categorical;
  std::vector<double> target;  ///< what the model learns: value, logarithm, or 0 and 1
  std::int64_t dropped = 0;    ///< rows left out for missing values

  std::int64_t rows() const { return static_cast<std::int64_t>(target.size()); }
  bool classifies() const { return task == Task::classification; }
};

/// Reads the file and checks everything in it that can be checked before training. Throws IoError
/// with file, line and column, or ValueError for a request that does not fit the file.
Dataset load_dataset(const Options& request);

/// Training, validation and test rows; stratified when it classifies. Throws ValueError where there
/// are too few rows, and where the test rows of a regression all have one target.
Split split_dataset(const Dataset& data, const Options& options, std::uint64_t seed);

}  // namespace exercise
