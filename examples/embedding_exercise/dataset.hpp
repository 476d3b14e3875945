#pragma once
// The table that the exercise works on.

#include "options.hpp"

namespace exercise {

using cinta::train::Rows;
using cinta::train::Split;

struct Dataset {
  cinta::io::CsvTable table;  ///< with the logarithms that were asked for as columns
  tabular::Target target;
  std::vector<std::string> numeric;      ///< columns; as on the command line: "log:carat"
  std::vector<std::string> categorical;  ///< columns
  std::vector<std::int64_t> categories;  ///< different texts in each of these
  std::int64_t dropped = 0;              ///< rows left out for missing values

  std::int64_t rows() const { return static_cast<std::int64_t>(table.rows()); }
  bool classifies() const { return target.classes(); }
  /// What becomes of the columns.
  cinta::train::Preparation recipe() const;
};

/// Reads the file and checks everything in it that can be checked before training. Throws IoError
/// with file, line and column, or ValueError for a request that does not fit the file.
Dataset load_dataset(const Options& request);

/// Training, validation and test rows; stratified when it classifies. Throws ValueError where there
/// are too few rows, and where the test rows of a regression all have one target.
Split split_dataset(const Dataset& data, const Options& options, std::uint64_t seed);

}  // namespace exercise
