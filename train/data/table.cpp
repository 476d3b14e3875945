#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table.hpp>
#include <cmath>
#include <limits>
#include <locale>
#include <sstream>

namespace cinta::train {
namespace {

enum class Parsed { number, text, out_of_range };

Parsed parse_number(std::string_view cell, double& value) {
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
#ifdef __cpp_lib_to_chars
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc::invalid_argument || end != cell.data() + cell.size()) return Parsed::text;
  if (error == std::errc::result_out_of_range) return Parsed::out_of_range;
#else  // a standard library that cannot parse floating-point numbers this way yet
  std::istringstream stream{std::string(cell)};
  stream.imbue(std::locale::classic());
  stream >> std::noskipws >> value;
  if (stream.fail()) return std::isinf(value) ? Parsed::out_of_range : Parsed::text;
  if (stream.peek() != std::char_traits<char>::eof()) return Parsed::text;
#endif
  return std::isfinite(value) ? Parsed::number : Parsed::out_of_range;
}

}  // namespace

bool is_missing(std::string_view cell) {
  for (std::string_view mark : {"", "NA", "N/A", "NaN", "nan", "NAN", "null", "NULL", "None"})
    if (cell == mark) return true;
  return false;
}

std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   Missing missing) {
  const std::size_t c = table.index(column);
  std::vector<double> values(table.rows());
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& cell = table.columns[c][row];
    if (is_missing(cell)) {
      if (missing == Missing::error)
        throw IoError(table.where(row, c) + ": missing value " + io::quoted(cell));
      values[row] = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    switch (parse_number(cell, values[row])) {
      case Parsed::number: break;
      case Parsed::text:
        throw IoError(table.where(row, c) + ": " + io::quoted(cell) + " is not a number");
      case Parsed::out_of_range:
        throw IoError(table.where(row, c) + ": " + io::quoted(cell) + " is not a finite number");
    }
  }
  return values;
}

bool looks_numeric(const io::CsvTable& table, std::string_view column) {
  for (const std::string& cell : table[column]) {
    double value;
    if (!is_missing(cell)) return parse_number(cell, value) != Parsed::text;
  }
  return false;
}

}  // namespace cinta::train
