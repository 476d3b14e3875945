#pragma once
// From the text of a CSV table to numbers.

#include <cinta/io/csv.hpp>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Whether a cell stands for "no value": empty, NA, N/A, NaN, null, None (as pandas has it).
bool is_missing(std::string_view cell);

/// What to do with a cell that stands for "no value".
enum class Missing {
  error,  ///< throw IoError
  keep,   ///< NaN
};

/// The cells of a numeric column, in double precision; always with a decimal point, whatever the
/// locale. Throws IoError with file, line and column for a text, an infinite number or one too
/// large, and for a missing value unless it is to be kept.
std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   Missing missing = Missing::error);

/// Whether the first cell that is not missing is a number.
bool looks_numeric(const io::CsvTable& table, std::string_view column);

}  // namespace cinta::train
#pragma GCC visibility pop
