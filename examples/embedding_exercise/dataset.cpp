#include "dataset.hpp"

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <set>

namespace exercise {

using cinta::IoError;
using cinta::ValueError;
using cinta::io::CsvTable;

namespace {

/// Whether to take a column for one of numbers: if half of its cells are, the others are mistakes
/// that reading will name. As categories, thousands of numbers would stay unnoticed.
bool mostly_numeric(const CsvTable& table, const std::string& name) {
  const auto counts = cinta::train::count_cells(table, name);
  return counts.numbers > 0 && counts.numbers >= counts.texts;
}

/// Columns for the flags that were left out, by what their cells look like.
void choose_columns(Options& options, const CsvTable& table, const Target& target) {
  const bool choose_numeric = options.numeric.empty();
  const bool choose_categorical = options.categorical.empty();
  const auto named = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (const std::string& name : table.header) {
    // Columns without a name are row numbers that some program has written.
    if (name.empty() || name == target.column.column) continue;
    if (named(options.numeric, name) || named(options.categorical, name)) continue;
    if (mostly_numeric(table, name)) {
      if (choose_numeric) options.numeric.push_back(name);
    } else if (choose_categorical) {
      options.categorical.push_back(name);
    }
  }
  if (options.numeric.empty())
    throw ValueError(table.file + ": no column of numbers besides the target; see --numeric");
  if (options.categorical.empty())
    throw ValueError(table.file + ": no column of categories to embed; see --categorical");
}

/// The target must not be among what it is predicted from, and no column may come twice.
void check_columns(const Options& options, const CsvTable& table, const Target& target) {
  std::set<std::string> seen;
  const auto once = [&](const char* flag, const std::string& text, const std::string& column) {
    if (column == target.column.column)
      throw ValueError(std::string(flag) + ": '" + text + "' is the target");
    if (!seen.insert(text).second)
      throw ValueError(std::string(flag) + ": '" + text + "' is named twice");
  };
  for (const std::string& text : options.numeric)
    once("--numeric", text, parse_numeric(text, table).column);
  for (const std::string& text : options.categorical) {
    table.index(text);
    once("--categorical", text, text);
  }
  const auto& known = options.categorical;
  if (!options.unseen.empty() &&
      std::find(known.begin(), known.end(), options.unseen) == known.end())
    throw ValueError("--unseen: '" + options.unseen + "' is not a categorical column");
}

/// Rows in which all columns that are used have a value.
std::vector<std::size_t> complete_rows(const CsvTable& table,
                                       const std::vector<std::string>& names) {
  std::vector<std::size_t> columns, rows;
  for (const std::string& name : names) columns.push_back(table.index(name));
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const bool complete = std::none_of(columns.begin(), columns.end(),
                                       [&](std::size_t c) { return has_no_value(table, row, c); });
    if (complete) rows.push_back(row);
  }
  return rows;
}

Dataset::Categorical read_categorical(const CsvTable& table, const std::string& name, bool fill) {
  const std::size_t c = table.index(name);
  Dataset::Categorical out{name, table.columns[c].strings(), 0};
  std::set<std::string_view> different;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    std::string& cell = out.cells[row];
    if (has_no_value(table, row, c)) {
      if (!fill) refuse_missing(table, row, c);
      cell.clear();
      continue;
    }
    different.insert(cell);
  }
  out.categories = static_cast<std::int64_t>(different.size());
  return out;
}

void check_target(const Dataset& data) {
  if (std::all_of(data.target.begin(), data.target.end(),
                  [&](double value) { return value == data.target.front(); }))
    throw ValueError(data.file + ": the target " + data.target_name +
                     " is the same in every row: nothing to learn");
}

}  // namespace

Dataset load_dataset(const Options& request) {
  CsvTable table = cinta::io::read_csv(request.data, request.csv);
  if (table.rows() == 0) throw IoError(request.data + ": no rows after the header");
  const Target target = parse_target(request.target, table);
  Options options = request;
  choose_columns(options, table, target);
  check_columns(options, table, target);

  Dataset data;
  data.file = options.data;
  data.target_name = options.target;
  data.task = target.task;
  if (options.missing == MissingRows::drop) {
    std::vector<std::string> used = options.categorical;
    for (const std::string& text : options.numeric)
      used.push_back(parse_numeric(text, table).column);
    used.push_back(target.column.column);
    const std::vector<std::size_t> rows = complete_rows(table, used);
    if (rows.empty())
      throw IoError(options.data + ": no row has a value in every column that is used");
    data.dropped = static_cast<std::int64_t>(table.rows() - rows.size());
    table = table.select(rows);
  }
  const bool fill = options.missing == MissingRows::fill;
  data.target = target_values(target, table);
  for (const std::string& text : options.numeric)
    data.numeric.push_back({text, values_of(parse_numeric(text, table), table, fill)});
  for (const std::string& text : options.categorical)
    data.categorical.push_back(read_categorical(table, text, fill));
  check_target(data);
  return data;
}

Split split_dataset(const Dataset& data, const Options& options, std::uint64_t seed) {
  if (!data.classifies()) {
    Split split = cinta::train::random_split(data.rows(), seed, options.fractions);
    const auto value = [&](std::int64_t row) { return data.target[std::size_t(row)]; };
    if (std::all_of(split.test.begin(), split.test.end(),
                    [&](std::int64_t row) { return value(row) == value(split.test[0]); }))
      throw ValueError("the target is the same in all test rows of seed " + std::to_string(seed) +
                       ", which has no R2; other --seeds or --fractions may help");
    return split;
  }
  const std::vector<std::int64_t> labels(data.target.begin(), data.target.end());
  return cinta::train::stratified_split(labels, seed, options.fractions);
}

}  // namespace exercise
