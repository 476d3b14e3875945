#include <algorithm>
#include <array>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/detail/row_index.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace cinta::train {
namespace {

/// A list of marks that says of most cells at their first character that they are none.
class Marks {
 public:
  explicit Marks(const std::vector<std::string>& marks) : marks_(marks) {
    for (const std::string& mark : marks)
      if (!mark.empty()) starts_[static_cast<unsigned char>(mark[0])] = true;
  }
  bool has(const io::CsvCell& cell) const {
    if (cell.quoted) return false;
    if (cell.empty()) return true;
    return starts_[static_cast<unsigned char>(cell[0])] &&
           std::find(marks_.begin(), marks_.end(), cell) != marks_.end();
  }

 private:
  const std::vector<std::string>& marks_;
  std::array<bool, 256> starts_{};
};

/// Whether a number that from_chars finds out of range is below 1: its first digit that is not 0
/// stands right of the point after the exponent has moved it.
bool is_tiny(std::string_view number) {
  if (number.starts_with('-')) number.remove_prefix(1);
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  const std::string_view digits = number.substr(0, e);
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  const auto first = static_cast<std::int64_t>(digits.find_first_of("123456789"));
  std::int64_t exponent = 0;
  if (e < number.size()) {
    number.remove_prefix(e + 1);
    if (number.starts_with('+')) number.remove_prefix(1);
    if (std::from_chars(number.data(), number.data() + number.size(), exponent).ec != std::errc())
      return number.starts_with('-');  // an exponent beyond int64 outweighs all digits
  }
  return exponent < (first < point ? first - point + 1 : first - point);
}

enum class Parsed { number, text, out_of_range };

Parsed parse_number(std::string_view cell, char decimal, double& value) {
  std::string with_point;
  if (decimal != '.') {
    if (cell.find('.') != cell.npos) return Parsed::text;
    with_point = cell;
    if (const auto at = with_point.find(decimal); at != with_point.npos) with_point[at] = '.';
    cell = with_point;
  }
  if (cell.starts_with('+') && !cell.starts_with("+-")) cell.remove_prefix(1);
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error == std::errc::invalid_argument || end != cell.data() + cell.size()) return Parsed::text;
  if (error == std::errc::result_out_of_range) {
    if (!is_tiny(cell)) return Parsed::out_of_range;
    value = cell.starts_with('-') ? -0.0 : 0.0;
  }
  return std::isfinite(value) ? Parsed::number : Parsed::out_of_range;
}

bool no_number(const Marks& marks, const io::CsvCell& cell) {
  return cell.empty() || marks.has(cell);
}

}  // namespace

bool is_missing(const io::CsvCell& cell, const std::vector<std::string>& marks) {
  return Marks(marks).has(cell);
}

std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   Missing missing) {
  Rows rows(table.rows());
  std::iota(rows.begin(), rows.end(), 0);
  return numeric_column(table, column, rows, missing);
}

std::vector<double> numeric_column(const io::CsvTable& table, std::string_view column,
                                   const Rows& rows, Missing missing) {
  const std::size_t c = table.index(column);
  const Marks marks(table.options.missing);
  const char decimal = table.options.decimal;
  std::vector<double> values;
  values.reserve(rows.size());
  for (const std::int64_t number : rows) {
    const std::size_t row = detail::index_of("numeric_column", number, table.rows());
    const io::CsvCell cell = table.columns[c][row];
    const auto refuse = [&](const std::string& before, const std::string& after) {
      throw IoError(table.where(row, c) + ": " + before + io::quoted(cell) + after);
    };
    double& value = values.emplace_back(std::numeric_limits<double>::quiet_NaN());
    if (no_number(marks, cell)) {
      if (missing == Missing::error) refuse("missing value ", "");
      continue;
    }
    switch (parse_number(cell, decimal, value)) {
      case Parsed::number: break;
      case Parsed::text: {
        double other;
        const char sign = decimal == '.' ? ',' : '.';
        const bool misread = parse_number(cell, sign, other) == Parsed::number;
        refuse("",
               std::string(" is not a number") +
                   (misread ? " where '" + std::string(1, decimal) + "' is the decimal sign" : ""));
        break;
      }
      case Parsed::out_of_range: refuse("", " is not a finite number");
    }
  }
  return values;
}

CellCounts count_cells(const io::CsvTable& table, std::string_view column) {
  const Marks marks(table.options.missing);
  const io::CsvColumn& cells = table[column];
  CellCounts out;
  for (std::size_t row = 0; row < cells.size(); ++row) {
    double value;
    if (no_number(marks, cells[row]))
      ++out.missing;
    else if (parse_number(cells[row], table.options.decimal, value) != Parsed::text)
      ++out.numbers;
    else if (out.texts++ == 0)
      out.first_text = row;
  }
  return out;
}

bool looks_numeric(const io::CsvTable& table, std::string_view column) {
  const CellCounts counts = count_cells(table, column);
  return counts.numbers > 0 && counts.texts == 0;
}

}  // namespace cinta::train
