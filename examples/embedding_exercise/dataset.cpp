#include "dataset.hpp"

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/table/table.hpp>
#include <set>

namespace exercise {

using cinta::IoError;
using cinta::ValueError;
using cinta::io::CsvTable;
using tabular::has_no_value;
using tabular::parse_column;
using tabular::Target;

namespace {

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
    if (tabular::mostly_numeric(table, name)) {
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
    once("--numeric", text, parse_column(text, table).column);
  for (const std::string& text : options.categorical) {
    table.index(text);
    once("--categorical", text, text);
  }
  const auto& known = options.categorical;
  if (!options.unseen.empty() &&
      std::find(known.begin(), known.end(), options.unseen) == known.end())
    throw ValueError("--unseen: '" + options.unseen + "' is not a categorical column");
}

/// Leaves rows without a value out, or refuses them, as was asked for. Of the target there has to
/// be one in every row.
void settle_missing(Dataset& data, const Options& options) {
  CsvTable& table = data.table;
  std::vector<std::size_t> columns{table.index(data.target.column.column)}, rows;
  if (options.missing != MissingRows::fill) {
    for (const std::string& text : options.numeric)
      columns.push_back(table.index(parse_column(text, table).column));
    for (const std::string& text : options.categorical) columns.push_back(table.index(text));
  }
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto missing = std::find_if(columns.begin(), columns.end(),
                                      [&](std::size_t c) { return has_no_value(table, row, c); });
    if (missing == columns.end())
      rows.push_back(row);
    else if (options.missing != MissingRows::drop)
      throw IoError(table.where(row, *missing) + ": missing value " +
                    cinta::io::quoted(table.columns[*missing][row]) + " (see --missing and --na)");
  }
  if (rows.empty()) throw IoError(table.file + ": no row has a value in every column that is used");
  data.dropped = std::int64_t(table.rows() - rows.size());
  if (data.dropped > 0) table = table.select(rows);
}

std::int64_t count_categories(const CsvTable& table, const std::string& name) {
  const std::size_t c = table.index(name);
  std::set<std::string_view> different;
  for (std::size_t row = 0; row < table.rows(); ++row)
    if (!has_no_value(table, row, c)) different.insert(table.columns[c][row]);
  return std::int64_t(different.size());
}

}  // namespace

cinta::train::Preparation Dataset::recipe() const {
  cinta::train::Preparation recipe;
  for (const std::string& name : numeric) recipe.numeric(name, {.fill = cinta::train::Fill::mean});
  for (const std::string& name : categorical) recipe.category(name);
  return recipe;
}

Dataset load_dataset(const Options& request) {
  Dataset data;
  data.table = cinta::io::read_csv(request.data, request.csv);
  if (data.table.rows() == 0) throw IoError(request.data + ": no rows after the header");
  data.target = tabular::parse_target(request.target, data.table);
  Options options = request;
  choose_columns(options, data.table, data.target);
  check_columns(options, data.table, data.target);
  settle_missing(data, options);
  tabular::read_target(data.target, data.table, tabular::TargetKind::numbers);
  for (const std::string& text : options.numeric)
    if (const auto name = parse_column(text, data.table); name.log)
      tabular::add_logarithm(data.table, name.column);
  for (const std::string& name : options.numeric)  // which is said before any training
    cinta::train::numeric_column(data.table, name, cinta::train::Missing::keep);
  data.numeric = options.numeric;
  data.categorical = options.categorical;
  for (const std::string& name : data.categorical)
    data.categories.push_back(count_categories(data.table, name));
  tabular::check_varies(data.target, data.table);
  return data;
}

Split split_dataset(const Dataset& data, const Options& options, std::uint64_t seed) {
  if (!data.classifies()) {
    Split split = cinta::train::random_split(data.rows(), seed, options.fractions);
    const auto values = data.target.of(split.test);
    if (std::all_of(values.begin(), values.end(), [&](double v) { return v == values[0]; }))
      throw ValueError("the target is the same in all test rows of seed " + std::to_string(seed) +
                       ", which has no R2; other --seeds or --fractions may help");
    return split;
  }
  const std::vector<std::int64_t> labels(data.target.values.begin(), data.target.values.end());
  return cinta::train::stratified_split(labels, seed, options.fractions);
}

}  // namespace exercise
