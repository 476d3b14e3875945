#include "target.hpp"

#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>
#include <optional>

namespace exercise {

using cinta::io::CsvTable;

namespace {

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
  } catch (const cinta::IoError&) {
  }
  return std::nullopt;
}

}  // namespace

NumericColumn parse_numeric(const std::string& text, const CsvTable& table) {
  NumericColumn out{text, false};
  if (!table.has(text) && text.starts_with("log:")) out = {text.substr(4), true};
  table.index(out.column);
  return out;
}

bool has_no_value(const CsvTable& table, std::size_t row, std::size_t column) {
  const cinta::io::CsvCell cell = table.columns[column][row];
  return cell.empty() || cinta::train::is_missing(cell, table.options.missing);
}

void refuse_missing(const CsvTable& table, std::size_t row, std::size_t column) {
  throw cinta::IoError(table.where(row, column) + ": missing value " +
                       cinta::io::quoted(table.columns[column][row]) + " (see --missing and --na)");
}

std::vector<double> values_of(const NumericColumn& column, const CsvTable& table,
                              bool allow_missing) {
  std::vector<double> values =
      cinta::train::numeric_column(table, column.column, cinta::train::Missing::keep);
  const std::size_t c = table.index(column.column);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row]) && !allow_missing) refuse_missing(table, row, c);
    if (!column.log) continue;
    if (values[row] <= 0)
      throw cinta::IoError(table.where(row, c) + ": " + cinta::io::quoted(table.columns[c][row]) +
                           " has no logarithm");
    values[row] = std::log(values[row]);
  }
  return values;
}

Target parse_target(const std::string& text, const CsvTable& table) {
  Target out;
  const bool is_column = table.has(text);
  for (const char* comparison : {"<=", ">=", "==", "!=", "<", ">", "="}) {
    const std::size_t at = is_column ? text.npos : text.find(comparison);
    if (at == text.npos) continue;
    out.task = Task::classification;
    out.comparison = comparison == std::string("=") ? "==" : comparison;
    out.column.column = trimmed(text.substr(0, at));
    out.operand = trimmed(text.substr(at + std::string(comparison).size()));
    if (out.operand.empty())
      throw cinta::ValueError("--target: '" + text + "' compares with nothing");
    if (out.comparison.find_first_of("<>") != std::string::npos && !parse_threshold(out.operand))
      throw cinta::ValueError("--target: '" + out.operand + "' in '" + text +
                              "' is not a finite number");
    table.index(out.column.column);
    return out;
  }
  out.column = parse_numeric(text, table);
  if (out.column.log) out.task = Task::log_regression;
  return out;
}

std::vector<double> target_values(const Target& target, const CsvTable& table) {
  if (target.task != Task::classification) return values_of(target.column, table, false);
  const std::size_t c = table.index(target.column.column);
  const std::optional<double> threshold = parse_threshold(target.operand);
  const bool numbers = threshold && cinta::train::looks_numeric(table, target.column.column);
  std::vector<double> values;
  if (numbers || target.comparison.find_first_of("<>") != std::string::npos) {
    values = values_of(target.column, table, false);
    for (double& value : values) value = compare(value, target.comparison, *threshold);
    return values;
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const std::string& cell = table.columns[c][row];
    if (has_no_value(table, row, c)) refuse_missing(table, row, c);
    values.push_back(compare(cell, target.comparison, target.operand));
  }
  return values;
}

}  // namespace exercise
