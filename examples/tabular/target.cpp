#include "target.hpp"

#include <algorithm>
#include <charconv>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>
#include <optional>
#include <set>

namespace tabular {

using cinta::IoError;
using cinta::ValueError;
using cinta::io::CsvTable;
using cinta::train::Missing;

namespace {

constexpr std::size_t most_classes = 2000;

std::string trimmed(const std::string& text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

template <class T>
bool compare(const T& a, const std::string& comparison, const T& b) {
  if (comparison == "<") return a < b;
  if (comparison == "<=") return a <= b;
  if (comparison == ">") return a > b;
  if (comparison == ">=") return a >= b;
  return (a == b) == (comparison == "==");
}

/// The number that a condition compares with; none for a text and for what is not finite.
std::optional<double> parse_threshold(const std::string& text) {
  const CsvTable one{"", {""}, {{text}}, {1}};
  try {
    if (cinta::train::looks_numeric(one, "")) return cinta::train::numeric_column(one, "")[0];
  } catch (const IoError&) {
  }
  return std::nullopt;
}

[[noreturn]] void refuse_missing(const CsvTable& table, std::size_t row, std::size_t column) {
  throw IoError(table.where(row, column) + ": missing value");
}

/// NaN where there is no value.
std::vector<double> values_of(const ColumnName& name, const CsvTable& table) {
  std::vector<double> values = cinta::train::numeric_column(table, name.column, Missing::keep);
  if (!name.log) return values;
  const std::size_t c = table.index(name.column);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (values[row] <= 0)
      throw IoError(table.where(row, c) + ": " + cinta::io::quoted(table.columns[c][row]) +
                    " has no logarithm");
    values[row] = std::log(values[row]);
  }
  return values;
}

std::vector<double> complete_values(const ColumnName& name, const CsvTable& table) {
  std::vector<double> values = values_of(name, table);
  for (std::size_t row = 0; row < values.size(); ++row)
    if (std::isnan(values[row])) refuse_missing(table, row, table.index(name.column));
  return values;
}

void read_condition(Target& target, const CsvTable& table) {
  const std::optional<double> threshold = parse_threshold(target.operand);
  const bool numbers = threshold && cinta::train::looks_numeric(table, target.column.column);
  target.labels = {"not " + target.text, target.text};
  if (numbers || target.comparison.find_first_of("<>") != std::string::npos) {
    target.values = complete_values(target.column, table);
    for (double& value : target.values) value = compare(value, target.comparison, *threshold);
    return;
  }
  const std::size_t c = table.index(target.column.column);
  for (std::size_t row = 0; row < table.rows(); ++row) {
    if (has_no_value(table, row, c)) refuse_missing(table, row, c);
    const std::string cell = table.columns[c][row];
    target.values.push_back(compare(cell, target.comparison, target.operand));
  }
}

void read_classes(Target& target, const CsvTable& table) {
  const std::size_t c = table.index(target.column.column);
  const auto cells = table.columns[c].strings();
  const std::string& column = target.column.column;
  if (target.labels.empty()) {
    const std::set<std::string> distinct(cells.begin(), cells.end());
    target.labels.assign(distinct.begin(), distinct.end());
    if (distinct.size() > most_classes)
      throw ValueError(table.file + ": '" + column + "' has " + std::to_string(distinct.size()) +
                       " classes");
  }
  for (const std::string& label : target.labels)
    if (label.find('\n') != label.npos)
      throw ValueError(table.file + ": a class of '" + column + "' has a line break in it");
  for (std::size_t row = 0; row < cells.size(); ++row) {
    if (has_no_value(table, row, c)) refuse_missing(table, row, c);
    const auto found = std::lower_bound(target.labels.begin(), target.labels.end(), cells[row]);
    if (found == target.labels.end() || *found != cells[row])
      throw IoError(table.where(row, c) + ": " + cinta::io::quoted(cells[row]) +
                    " is no class of the model");
    target.values.push_back(double(found - target.labels.begin()));
  }
}

}  // namespace

ColumnName parse_column(const std::string& text, const CsvTable& table) {
  ColumnName name{text, false};
  if (!table.has(text) && text.starts_with("log:")) name = {text.substr(4), true};
  table.index(name.column);
  return name;
}

void add_logarithm(CsvTable& table, const std::string& column) {
  const std::string name = "log:" + column;
  if (table.has(name)) return;
  cinta::io::CsvColumn cells;
  for (const double value : values_of({column, true}, table)) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    std::replace(text, end, '.', table.options.decimal);
    if (std::isnan(value))
      cells.push_back("");
    else
      cells.push_back(std::string_view(text, std::size_t(end - text)));
  }
  table.header.push_back(name);
  table.columns.push_back(std::move(cells));
}

bool mostly_numeric(const CsvTable& table, const std::string& column) {
  const auto counts = cinta::train::count_cells(table, column);
  return counts.numbers > 0 && counts.numbers >= counts.texts;
}

bool has_no_value(const CsvTable& table, std::size_t row, std::size_t column) {
  const cinta::io::CsvCell cell = table.columns[column][row];
  return cell.empty() || cinta::train::is_missing(cell, table.options.missing);
}

std::vector<double> Target::of(const Rows& rows) const {
  std::vector<double> out;
  for (const std::int64_t row : rows) out.push_back(values[std::size_t(row)]);
  return out;
}

Target parse_target(const std::string& text, const CsvTable& table) {
  Target out{
      .text = text, .column = {}, .comparison = {}, .operand = {}, .labels = {}, .values = {}};
  const bool is_column = table.has(text);
  for (const char* comparison : {"<=", ">=", "==", "!=", "<", ">", "="}) {
    const std::size_t at = is_column ? text.npos : text.find(comparison);
    if (at == text.npos) continue;
    out.comparison = comparison == std::string("=") ? "==" : comparison;
    out.column.column = trimmed(text.substr(0, at));
    out.operand = trimmed(text.substr(at + std::string(comparison).size()));
    if (out.operand.empty()) throw ValueError("--target: '" + text + "' compares with nothing");
    if (out.comparison.find_first_of("<>") != std::string::npos && !parse_threshold(out.operand))
      throw ValueError("--target: '" + out.operand + "' in '" + text + "' is not a finite number");
    table.index(out.column.column);
    return out;
  }
  out.column = parse_column(text, table);
  return out;
}

void read_target(Target& target, const CsvTable& table, TargetKind kind,
                 const std::vector<std::string>& known) {
  target.labels = known;
  target.values.clear();
  if (!target.comparison.empty()) return read_condition(target, table);
  if (kind == TargetKind::automatic && !target.column.log) {
    const auto cells = table[target.column.column].strings();
    const bool classes = !cinta::train::looks_numeric(table, target.column.column) ||
                         std::set<std::string>(cells.begin(), cells.end()).size() <= 2;
    kind = classes ? TargetKind::classes : TargetKind::numbers;
  }
  if (kind == TargetKind::classes) return read_classes(target, table);
  target.values = complete_values(target.column, table);
}

void check_varies(const Target& target, const CsvTable& table) {
  if (target.values.size() < 2) throw ValueError(table.file + ": needs at least two rows");
  if (std::all_of(target.values.begin(), target.values.end(),
                  [&](double value) { return value == target.values.front(); }))
    throw ValueError(table.file + ": the target " + target.text +
                     " is the same in every row: nothing to learn");
}

}  // namespace tabular
