#pragma once
// What is to be predicted: "price", "log:price", a column of classes, or a condition such as
// "quality>6".

#include <cinta/io/csv.hpp>
#include <cinta/train/random.hpp>
#include <string>
#include <vector>

namespace tabular {

using cinta::train::Rows;

/// "log:carat" names the logarithm of a column; a column that is really called so comes first.
struct ColumnName {
  std::string column;
  bool log = false;
};
/// Throws IoError for a column that does not exist.
ColumnName parse_column(const std::string& text, const cinta::io::CsvTable& table);

/// Adds the logarithms of a column, to the last bit, as a column "log:<name>" unless there is one.
/// What is missing stays so. Throws IoError for a text and for 0 and below.
void add_logarithm(cinta::io::CsvTable& table, const std::string& column);

/// Whether to take a column for one of numbers: if half of its cells are, the others are mistakes
/// that reading will name. As categories, thousands of numbers would stay unnoticed.
bool mostly_numeric(const cinta::io::CsvTable& table, const std::string& column);

/// Whether a cell has no value: it is empty, quoted or not, or one of the marks of a missing one.
bool has_no_value(const cinta::io::CsvTable& table, std::size_t row, std::size_t column);

struct Target {
  std::string text;  ///< as it was asked for
  ColumnName column;
  std::string comparison, operand;  ///< of a condition: < <= > >= == !=, and what it compares with
  /// Of classes, in alphabetical order; of a condition "not quality>6" and "quality>6"; none for
  /// numbers.
  std::vector<std::string> labels;
  std::vector<double> values;  ///< what a model learns of each row: number, logarithm or class

  bool classes() const { return !labels.empty(); }
  std::vector<double> of(const Rows& rows) const;
};

/// Without labels and values. Throws IoError for a column that does not exist, ValueError for a
/// malformed condition.
Target parse_target(const std::string& text, const cinta::io::CsvTable& table);

/// What a plain column holds; automatic: classes where there are texts, or two different cells.
enum class TargetKind { automatic, numbers, classes };

/// Fills in labels and values. With `known` labels these are the classes. Throws IoError for a cell
/// that is missing, no number, without a logarithm, or none of the known classes.
void read_target(Target& target, const cinta::io::CsvTable& table,
                 TargetKind kind = TargetKind::automatic,
                 const std::vector<std::string>& known = {});

/// Throws ValueError for a target from which nothing can be learned: the same in every row.
void check_varies(const Target& target, const cinta::io::CsvTable& table);

}  // namespace tabular
