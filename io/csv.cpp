#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/csv.hpp>
#include <cinta/io/detail/csv_delimiter.hpp>
#include <cinta/io/file.hpp>
#include <cinta/io/text.hpp>

namespace cinta::io {
namespace {

bool needs_quotes(std::string_view text, char delimiter, bool only_column) {
  if (text.empty()) return false;
  const char special[] = {delimiter, '"', '\n', '\r'};
  // Where there is no delimiter to be found, another character must not be found in its place.
  if (only_column && text.find_first_of(detail::found_delimiters) != text.npos) return true;
  const auto blank = [](char c) { return c == ' ' || c == '\t'; };
  // At the start of a file the last one would be taken for a byte order mark, not for a text.
  return text.find_first_of({special, sizeof special}) != text.npos || blank(text.front()) ||
         blank(text.back()) || text.starts_with(byte_order_mark);
}

void append_row(std::string& out, const CsvTable& table, std::size_t row, bool header, char comma) {
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    if (c) out += comma;
    const CsvCell text = header ? CsvCell(table.header[c]) : table.columns[c][row];
    if (text.find('\0') != text.npos)
      throw ValueError("write_csv: a NUL byte in column " + std::to_string(c + 1) + " " +
                       quoted(table.header[c]));
    // A row that is one empty field would be a blank line, which readers skip.
    const bool only_column = table.header.size() == 1, blank_line = text.empty() && only_column;
    if (!text.quoted && !blank_line && !needs_quotes(text, comma, only_column)) {
      out += std::string_view(text);
      continue;
    }
    out += '"';
    for (const char letter : text) out.append(letter == '"' ? 2 : 1, letter);
    out += '"';
  }
  out += '\n';
}

}  // namespace

const std::vector<std::string>& default_missing_marks() {
  static const std::vector<std::string> marks{"",         "#N/A", "#N/A N/A", "#NA",    "-1.#IND",
                                              "-1.#QNAN", "-NaN", "-nan",     "1.#IND", "1.#QNAN",
                                              "<NA>",     "N/A",  "NA",       "NULL",   "NaN",
                                              "None",     "n/a",  "nan",      "null"};
  return marks;
}

bool CsvTable::has(std::string_view name) const {
  return std::find(header.begin(), header.end(), name) != header.end();
}

std::size_t CsvTable::index(std::string_view name) const {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found != header.end()) return static_cast<std::size_t>(found - header.begin());
  std::string known;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (i == 30) {
      known += " and " + std::to_string(header.size() - i) + " more";
      break;
    }
    known += (i ? ", " : "") + quoted(header[i]);
  }
  throw IoError(escaped(file) + ":1: no column " + quoted(name) + "; the columns are " + known);
}

std::string CsvTable::where(std::size_t row, std::size_t column) const {
  return escaped(file) + ":" + std::to_string(line(row)) + ": column " +
         std::to_string(column + 1) + " " + quoted(header.at(column));
}

CsvTable CsvTable::select(const std::vector<std::size_t>& rows) const {
  CsvTable out{file, header, {}, {}, options};
  out.columns.resize(columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c)
    for (const std::size_t row : rows) out.columns[c].push_back(columns[c].at(row));
  if (lines.empty()) return out;
  out.lines.reserve(rows.size());
  for (const std::size_t row : rows) out.lines.push_back(lines.at(row));
  return out;
}

void write_csv(const std::string& path, const CsvTable& table, const CsvOptions& options) {
  if (table.columns.size() != table.header.size())
    throw ValueError("write_csv: " + std::to_string(table.columns.size()) + " columns but " +
                     std::to_string(table.header.size()) + " names");
  for (const auto& column : table.columns)
    if (column.size() != table.rows()) throw ValueError("write_csv: the columns differ in length");

  const char comma = options.delimiter ? options.delimiter : ',';
  detail::check_delimiter("write_csv", comma);
  OutputFile file(path);
  std::string out;
  append_row(out, table, 0, true, comma);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    append_row(out, table, row, false, comma);
    if (out.size() < (1 << 18)) continue;
    file.write(out);
    out.clear();
  }
  file.write(out);
  file.commit();
}

}  // namespace cinta::io
