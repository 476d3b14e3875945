#pragma once
// From the text of a CSV table to numbers.

#include <cinta/io/csv.hpp>
#include <cinta/train/random.hpp>
#include <string_view>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Whether a cell stands for "no value": one of `marks` (by default those of pandas: NA, NaN, null,
/// None ...) without quotes, or empty without quotes. A quoted "NA" is a text. Nothing vanishes by
/// this: what reads tables refuses a missing value unless it is told what to do with it.
bool is_missing(const io::CsvCell& cell,
                const std::vector<std::string>& marks = io::default_missing_marks());

/// What to do with a cell that stands for "no value".
enum class Missing {
  error,  ///< throw IoError
  keep,   ///< NaN
};

/// The cells of a numeric column in double precision, correctly rounded; the decimal sign and the
/// marks of a missing value are those of table.options, whatever the locale. A number too small for
/// a double is 0. In a column of numbers an empty cell is missing even in quotes, for programs that
/// quote everything. Throws IoError with file, line and column for a text, an infinite number or
/// one too large, and for a missing value unless it is to be kept.
std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   Missing missing = Missing::error);
/// The same of some rows, in their order. Throws ValueError for a row that there is not.
std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   const Rows& rows, Missing missing);

/// What the cells of a column are. Infinite numbers and those too large count as numbers.
struct CellCounts {
  std::size_t numbers = 0, texts = 0, missing = 0;
  std::size_t first_text = 0;  ///< row of the first of the texts, if there are any
};
CellCounts count_cells(const io::CsvTable& table, std::string_view column);

/// Whether the column has a number, and nothing but numbers and missing values: all rows decide, in
/// any order.
bool looks_numeric(const io::CsvTable& table, std::string_view column);

}  // namespace cinta::train
#pragma GCC visibility pop
