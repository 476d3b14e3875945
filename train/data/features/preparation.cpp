#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/io/text.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/train/data/features/preparation.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/data/table/date.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/detail/text_list.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

namespace cinta::train {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Rows that exist, or an error.
void check_rows(const io::CsvTable& table, const Rows& rows) {
  for (const std::int64_t row : rows)
    if (row < 0 || row >= std::int64_t(table.rows()))
      throw IndexError("Prepared: row " + std::to_string(row) + " of " +
                       std::to_string(table.rows()));
}

/// The texts of the rows; empty for a missing cell.
std::vector<std::string> texts_of(const io::CsvTable& table, const std::string& column,
                                  const Rows& rows) {
  const io::CsvColumn& cells = table[column];
  std::vector<std::string> texts;
  for (const std::int64_t row : rows) {
    const io::CsvCell cell = cells[std::size_t(row)];
    texts.push_back(is_missing(cell, table.options.missing) ? "" : std::string(cell));
  }
  return texts;
}

std::vector<double> days_of(const io::CsvTable& table, const std::string& column,
                            const Rows& rows) {
  const io::CsvColumn& cells = table[column];
  std::vector<double> days;
  for (const std::int64_t row : rows) {
    const io::CsvCell cell = cells[std::size_t(row)];
    const auto day = parse_date(cell);
    const bool missing = is_missing(cell, table.options.missing);
    if (!day && !missing)
      throw IoError(table.where(std::size_t(row), table.index(column)) + ": " + io::quoted(cell) +
                    " is not a date such as 2024-02-29");
    days.push_back(missing ? nan : *day);
  }
  return days;
}

double fill_of(Fill fill, const std::vector<double>& values, const std::string& column) {
  std::vector<double> numbers;
  for (const double value : values)
    if (!std::isnan(value)) numbers.push_back(value);
  if (fill == Fill::zero || fill == Fill::error) return 0;
  if (numbers.empty())
    throw ValueError("Preparation: column '" + column + "' has no number in the training rows");
  if (fill == Fill::mean) {
    double mean = 0;
    for (const double value : numbers) mean += value / double(numbers.size());
    return mean;
  }
  const std::size_t middle = numbers.size() / 2;
  std::nth_element(numbers.begin(), numbers.begin() + std::int64_t(middle), numbers.end());
  const double upper = numbers[middle];
  if (numbers.size() % 2) return upper;
  const double lower = *std::max_element(numbers.begin(), numbers.begin() + std::int64_t(middle));
  return std::midpoint(lower, upper);
}

Rows first_rows(std::size_t n) {
  Rows rows(n);
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

}  // namespace

/// What is learned of one column; how it is used depends on the kind alone.
struct Prepared::Column {
  enum Kind { numeric, category, target, date, text };
  Kind kind = numeric;
  std::string name;
  Scaler scaler;
  double fill = 0;
  bool refuse_missing = false, indicator = false;
  std::vector<std::string> labels;  // of a category, by id
  std::map<std::string, std::int64_t, std::less<>> ids;
  TargetEncoder encoder;
  BagOfWords bag;

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    if (kind == numeric || kind == target) all.push_back(name);
    if (indicator) all.push_back(name + " missing");
    if (kind == date)
      for (const std::string& feature : date_feature_names()) all.push_back(name + " " + feature);
    if (kind == text)
      for (const std::string& word : bag.words()) all.push_back(name + "=" + word);
    return all;
  }

  void number_labels() {
    for (std::size_t id = 1; id < labels.size(); ++id) ids[labels[id]] = std::int64_t(id);
  }
  std::vector<std::int64_t> ids_of(const io::CsvTable& table, const Rows& rows) const {
    std::vector<std::int64_t> out;
    for (const std::string& cell : texts_of(table, name, rows)) {
      const auto found = ids.find(cell);
      out.push_back(found == ids.end() ? Vocabulary::unknown : found->second);
    }
    return out;
  }

  double scaled(double value) const { return scaler.transform(std::isnan(value) ? fill : value); }

  /// Numbers of a row, row after row.
  std::vector<std::vector<double>> numbers(const io::CsvTable& table, const Rows& rows,
                                           bool training) const {
    std::vector<std::vector<double>> out;
    switch (kind) {
      case category: break;
      case numeric:
        for (const double value :
             numeric_column(table, name, rows, refuse_missing ? Missing::error : Missing::keep)) {
          out.push_back({scaled(value)});
          if (indicator) out.back().push_back(std::isnan(value));
        }
        break;
      case target: {
        const auto cells = texts_of(table, name, rows);
        for (std::size_t i = 0; i < cells.size(); ++i)
          out.push_back({scaled(training ? encoder.training()[i] : encoder.transform(cells[i]))});
        break;
      }
      case date:
        for (const double day : days_of(table, name, rows)) {
          out.push_back(date_features(std::isnan(day) ? fill : day));
          out.back()[0] = scaled(day);
        }
        break;
      case text:
        for (const std::string& cell : texts_of(table, name, rows))
          out.push_back(bag.transform(cell));
        break;
    }
    return out;
  }

  optim::State state_dict() const;
  static std::shared_ptr<const Column> load(const optim::State& state, const Site& site);
};

namespace {

/// The inputs of some rows.
template <class Columns>
Features features_of(const Columns& columns, const io::CsvTable& table, const Rows& rows,
                     bool training) {
  check_rows(table, rows);
  const auto n = rows.size();
  std::size_t width = 0, categories = 0;
  for (const auto& column : columns) {
    width += column->names().size();
    categories += column->kind == std::decay_t<decltype(*column)>::category;
  }
  std::vector<float> numeric(n * width);
  std::vector<std::int64_t> ids(n * categories);
  std::size_t at = 0, id = 0;
  for (const auto& column : columns) {
    if (column->kind == std::decay_t<decltype(*column)>::category) {
      const auto own = column->ids_of(table, rows);
      for (std::size_t i = 0; i < n; ++i) ids[i * categories + id] = own[i];
      ++id;
      continue;
    }
    const auto own = column->numbers(table, rows, training);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < own[i].size(); ++j) {
        float& input = numeric[i * width + at + j];
        input = float(own[i][j]);
        if (std::isfinite(input)) continue;
        // An infinite input would make NaN of all that is computed with it, without a word.
        const auto row = std::size_t(rows[i]);
        throw IoError(table.where(row, table.index(column->name)) + ": " +
                      io::quoted(table[column->name][row]) +
                      " leaves the range of float32 on the scale of the training rows");
      }
    at += column->names().size();
  }
  return {from_data(numeric, {std::int64_t(n), std::int64_t(width)}),
          from_data(ids, {std::int64_t(n), std::int64_t(categories)})};
}

}  // namespace

Prepared::Prepared() = default;

Features Prepared::transform(const io::CsvTable& table, const Rows& rows) const {
  return features_of(columns_, table, rows, false);
}

Features Prepared::transform(const io::CsvTable& table) const {
  return transform(table, first_rows(table.rows()));
}

std::vector<std::string> Prepared::numeric_names() const {
  std::vector<std::string> all;
  for (const auto& column : columns_)
    for (std::string& name : column->names()) all.push_back(std::move(name));
  return all;
}

std::vector<std::pair<std::string, std::int64_t>> Prepared::categories() const {
  std::vector<std::pair<std::string, std::int64_t>> all;
  for (const auto& column : columns_)
    if (column->kind == Column::category)
      all.emplace_back(column->name, std::int64_t(column->labels.size()));
  return all;
}

std::vector<std::string> Prepared::labels(const std::string& category) const {
  for (const auto& column : columns_)
    if (column->kind == Column::category && column->name == category) return column->labels;
  throw ValueError("Prepared: '" + category + "' is no category");
}

const Scaler& Prepared::scaler(const std::string& name) const {
  for (const auto& column : columns_)
    if (column->kind == Column::numeric && column->name == name) return column->scaler;
  throw ValueError("Prepared: '" + name + "' is no column of numbers");
}

// What a column has not learned is at its beginning, and saved all the same.
optim::State Prepared::Column::state_dict() const {
  optim::State state;
  state.values["kind"] = std::int64_t(kind);
  state.values["name"] = name;
  state.values["fill"] = fill;
  state.values["refuse_missing"] = refuse_missing;
  state.values["indicator"] = indicator;
  state.add("scaler", scaler.state_dict());
  std::vector<std::string> texts;
  std::vector<double> numbers;
  switch (kind) {
    case numeric:
    case date: break;
    case category: texts = labels; break;
    case target:
      numbers.push_back(encoder.mean());
      for (const auto& [text, number] : encoder.numbers())
        texts.push_back(text), numbers.push_back(number);
      break;
    case text:
      texts = bag.words();
      numbers = bag.weights();
      state.values["tf_idf"] = bag.tf_idf();
  }
  state.values["texts"] = detail::join_texts(texts);
  if (!numbers.empty()) state.values["numbers"] = numbers;
  return state;
}

std::shared_ptr<const Prepared::Column> Prepared::Column::load(const optim::State& all,
                                                               const Site& site) {
  const auto parts = optim::split_state(all, "scaler");
  const optim::State &state = parts.first, &scale = parts.second;
  const auto column = std::make_shared<Column>();
  column->scaler.prepare_load(scale, site)();
  const auto find = [&]<class T>(const char* entry, T& value) {
    const auto found = state.values.find(entry);
    if (found == state.values.end() || !std::holds_alternative<T>(found->second))
      throw ValueError(std::string("Prepared: load_state_dict: no ") + entry, site);
    value = std::get<T>(found->second);
  };
  std::int64_t kind = 0;
  std::string joined;
  find("kind", kind);
  find("name", column->name);
  find("fill", column->fill);
  find("refuse_missing", column->refuse_missing);
  find("indicator", column->indicator);
  find("texts", joined);
  const auto texts = detail::split_texts(joined);
  if (kind < numeric || kind > text || !texts)
    throw ValueError("Prepared: load_state_dict: column '" + column->name + "' is damaged", site);
  column->kind = Kind(kind);
  std::vector<double> numbers;
  if (kind == target || kind == text) find("numbers", numbers);
  if (kind == category) column->labels = *texts;
  if (kind == target) {
    if (numbers.size() != texts->size() + 1)
      throw ValueError("Prepared: load_state_dict: column '" + column->name + "' is damaged", site);
    std::map<std::string, double, std::less<>> encoded;
    for (std::size_t i = 0; i < texts->size(); ++i) encoded[(*texts)[i]] = numbers[i + 1];
    column->encoder = TargetEncoder(std::move(encoded), numbers[0]);
  }
  if (kind == text) {
    bool tf_idf = true;
    find("tf_idf", tf_idf);
    column->bag = BagOfWords(*texts, numbers, tf_idf);
  }
  column->number_labels();
  return column;
}

optim::State Prepared::state_dict() const {
  optim::State state = optim::state_of("Prepared");
  state.values["columns"] = std::int64_t(columns_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i)
    state.add(std::to_string(i), columns_[i]->state_dict());
  return state;
}

std::function<void()> Prepared::prepare_load(const optim::State& state, Site site) {
  const auto found = state.values.find("columns");
  if (found == state.values.end() || !std::holds_alternative<std::int64_t>(found->second))
    throw ValueError("Prepared: load_state_dict: not the state of one", site);
  std::vector<std::shared_ptr<const Column>> columns;
  for (std::int64_t i = 0; i < std::get<std::int64_t>(found->second); ++i)
    columns.push_back(Column::load(optim::part_of_state(state, std::to_string(i)), site));
  return [this, columns] {
    columns_ = columns;
    training_ = {};
  };
}

Preparation& Preparation::add(const std::string& column, Learn learn) {
  for (const auto& [name, other] : columns_)
    if (name == column) throw ValueError("Preparation: column '" + column + "' is there already");
  columns_.emplace_back(column, std::move(learn));
  return *this;
}

Preparation& Preparation::numeric(const std::string& column, NumericOptions options) {
  return add(column, [=](const io::CsvTable& table, const Rows& rows, const std::vector<double>&) {
    const auto learned = std::make_shared<Prepared::Column>();
    learned->refuse_missing = options.fill == Fill::error;
    learned->indicator = options.indicator;
    std::vector<double> values = numeric_column(
        table, column, rows, learned->refuse_missing ? Missing::error : Missing::keep);
    learned->fill = fill_of(options.fill, values, column);
    for (double& value : values)
      if (std::isnan(value)) value = learned->fill;
    learned->scaler = Scaler(options.scaling, values, first_rows(values.size()));
    return learned;
  });
}

Preparation& Preparation::category(const std::string& column, CategoryOptions options) {
  return add(column, [=](const io::CsvTable& table, const Rows& rows, const std::vector<double>&) {
    const auto learned = std::make_shared<Prepared::Column>();
    learned->kind = Prepared::Column::category;
    const auto cells = texts_of(table, column, rows);
    std::map<std::string, std::int64_t> counts;
    for (const std::string& cell : cells) ++counts[cell];
    Rows frequent;
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (counts[cells[i]] >= options.min_rows) frequent.push_back(std::int64_t(i));
    learned->labels = Vocabulary(cells, frequent).labels();
    learned->number_labels();
    return learned;
  });
}

Preparation& Preparation::target(const std::string& column, TargetEncoderOptions options) {
  return add(
      column, [=](const io::CsvTable& table, const Rows& rows, const std::vector<double>& targets) {
        if (targets.size() != table.rows())
          throw ValueError("Preparation: column '" + column + "' needs a target for each of " +
                           std::to_string(table.rows()) + " rows, got " +
                           std::to_string(targets.size()));
        const auto learned = std::make_shared<Prepared::Column>();
        learned->kind = Prepared::Column::target;
        std::vector<double> own;
        for (const std::int64_t row : rows) own.push_back(targets[std::size_t(row)]);
        learned->encoder =
            TargetEncoder(texts_of(table, column, rows), own, first_rows(rows.size()), options);
        learned->scaler =
            Scaler(Scaling::standard, learned->encoder.training(), first_rows(rows.size()));
        return learned;
      });
}

Preparation& Preparation::date(const std::string& column) {
  return add(column, [=](const io::CsvTable& table, const Rows& rows, const std::vector<double>&) {
    const auto learned = std::make_shared<Prepared::Column>();
    learned->kind = Prepared::Column::date;
    const std::vector<double> days = days_of(table, column, rows);
    learned->fill = fill_of(Fill::median, days, column);
    learned->scaler = Scaler(Scaling::standard, days, first_rows(days.size()));
    return learned;
  });
}

Preparation& Preparation::text(const std::string& column, BagOptions options) {
  return add(column, [=](const io::CsvTable& table, const Rows& rows, const std::vector<double>&) {
    const auto learned = std::make_shared<Prepared::Column>();
    learned->kind = Prepared::Column::text;
    learned->bag = BagOfWords(texts_of(table, column, rows), first_rows(rows.size()), options);
    return learned;
  });
}

Prepared Preparation::fit(const io::CsvTable& table, const Rows& training,
                          const std::vector<double>& targets) const {
  if (columns_.empty()) throw ValueError("Preparation: no columns");
  if (training.empty()) throw ValueError("Preparation: no training rows");
  check_rows(table, training);
  Prepared prepared;
  for (const auto& [name, learn] : columns_) {
    const auto column = learn(table, training, targets);
    column->name = name;
    prepared.columns_.push_back(column);
  }
  prepared.training_ = features_of(prepared.columns_, table, training, true);
  return prepared;
}

}  // namespace cinta::train
