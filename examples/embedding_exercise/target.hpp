#pragma once
// What is to be predicted: "price", "log:price" or a condition such as "quality>6".

#include <cinta/io/csv.hpp>
#include <string>
#include <vector>

namespace exercise {

enum class Task { regression, log_regression, classification };

/// "log:carat" names the logarithm of a column; a column that is really called so comes first.
struct NumericColumn {
  std::string column;
  bool log = false;
};
NumericColumn parse_numeric(const std::string& text, const cinta::io::CsvTable& table);

/// Whether a cell has no value: it is empty, quoted or not, or one of the marks of a missing one.
bool has_no_value(const cinta::io::CsvTable& table, std::size_t row, std::size_t column);

/// Throws the IoError for a cell without a value.
[[noreturn]] void refuse_missing(const cinta::io::CsvTable& table, std::size_t row,
                                 std::size_t column);

/// Cells as numbers, or as their natural logarithms. NaN for missing values if they are allowed.
/// Throws IoError as cinta::train::numeric_column does, and for the logarithm of 0 and below.
std::vector<double> values_of(const NumericColumn& column, const cinta::io::CsvTable& table,
                              bool allow_missing);

struct Target {
  Task task = Task::regression;
  NumericColumn column;
  std::string comparison;  ///< of a condition: < <= > >= == !=
  std::string operand;     ///< what it compares with
};

/// Throws IoError for a column that does not exist, ValueError for a malformed condition.
Target parse_target(const std::string& text, const cinta::io::CsvTable& table);

/// What the model learns, one number a row: the value, its logarithm, or 1 where the condition
/// holds and 0 elsewhere. Throws IoError as values_of() does; missing values are never allowed.
std::vector<double> target_values(const Target& target, const cinta::io::CsvTable& table);

}  // namespace exercise
