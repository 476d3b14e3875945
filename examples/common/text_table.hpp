#pragma once
// Tables on standard output.

#include <algorithm>
#include <cinta/io/text.hpp>
#include <cmath>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

namespace example {

/// "-1.2500"; "-" for NaN.
inline std::string number(double value, int digits) {
  if (std::isnan(value)) return "-";
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

/// Columns on a screen: bytes that start a UTF-8 character.
inline std::size_t width_of(const std::string& text) {
  return std::size_t(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Rows of cells, padded to columns; a row of one cell is a line between sections.
class TextTable {
 public:
  void add(std::vector<std::string> cells) {
    for (std::string& cell : cells) cell = cinta::io::escaped(cell);
    widths_.resize(std::max(widths_.size(), cells.size()));
    for (std::size_t i = 0; cells.size() > 1 && i < cells.size(); ++i)
      widths_[i] = std::max(widths_[i], width_of(cells[i]));
    rows_.push_back(std::move(cells));
  }
  void print(std::ostream& out) const {
    for (const auto& row : rows_) {
      std::string line;
      for (std::size_t i = 0; i < row.size(); ++i)
        line += i + 1 < row.size() ? padded(row[i], widths_[i] + 3) : row[i];
      out << line << '\n';
    }
  }

 private:
  static std::string padded(const std::string& text, std::size_t width) {
    return text + std::string(width - std::min(width, width_of(text)), ' ');
  }

  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace example
