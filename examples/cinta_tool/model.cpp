#include "model.hpp"

#include <algorithm>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/table/date.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cinta/train/fit.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <numeric>
#include <set>

namespace tool {
namespace {

constexpr std::size_t most_categories = 2000;

/// Numbers and classes of a table's target are float32 and int64 columns.
Tensor target_tensor(const std::vector<double>& values, bool classes) {
  if (classes) {
    const std::vector<std::int64_t> ids(values.begin(), values.end());
    return from_data(ids, {std::int64_t(ids.size())});
  }
  const std::vector<float> numbers(values.begin(), values.end());
  return from_data(numbers, {std::int64_t(numbers.size()), 1});
}

std::vector<std::int64_t> sizes_of(const train::Prepared& prepared) {
  std::vector<std::int64_t> sizes;
  for (const auto& [name, size] : prepared.categories()) sizes.push_back(size);
  return sizes;
}

std::int64_t embedding_width(std::int64_t categories) {
  return std::min<std::int64_t>(16, (categories + 1) / 2);
}

std::int64_t input_width(std::int64_t numbers, const std::vector<std::int64_t>& categories) {
  for (const std::int64_t size : categories) numbers += embedding_width(size);
  return numbers;
}

}  // namespace

Target read_target(const io::CsvTable& table, const std::string& column, const std::string& task,
                   const std::vector<std::string>& known) {
  Target target{column, known, {}};
  const bool numeric = train::looks_numeric(table, column);
  const auto cells = table[column].strings();
  const std::set<std::string> distinct(cells.begin(), cells.end());
  // A handful of whole numbers are classes, as labels of digits are.
  const bool classes =
      !known.empty() || task == "classes" || (task == "auto" && (!numeric || distinct.size() <= 2));
  if (!classes) {
    target.values = train::numeric_column(table, column);
    return target;
  }
  if (known.empty()) target.labels.assign(distinct.begin(), distinct.end());
  if (target.labels.size() < 2)
    throw ValueError(table.file + ": all rows have the same '" + column + "'");
  for (const std::string& label : target.labels)
    if (label.find('\n') != label.npos)
      throw ValueError(table.file + ": a class of '" + column + "' has a line break in it");
  if (target.labels.size() > most_categories)
    throw ValueError(table.file + ": '" + column + "' has " + std::to_string(distinct.size()) +
                     " classes");
  for (std::size_t row = 0; row < cells.size(); ++row) {
    const std::string where = table.where(row, table.index(column));
    if (train::is_missing(table[column][row], table.options.missing))
      throw IoError(where + ": missing value");
    const auto found = std::lower_bound(target.labels.begin(), target.labels.end(), cells[row]);
    if (found == target.labels.end() || *found != cells[row])
      throw IoError(where + ": " + io::quoted(cells[row]) + " is no class of the model");
    target.values.push_back(double(found - target.labels.begin()));
  }
  return target;
}

train::Preparation recipe_for(const io::CsvTable& table, const std::string& target) {
  train::Preparation recipe;
  int columns = 0;
  for (const std::string& name : table.header) {
    if (name == target) continue;
    const auto counts = train::count_cells(table, name);
    if (counts.numbers > 0 && counts.texts == 0) {
      recipe.numeric(name, {.indicator = counts.missing > 0});
      ++columns;
      continue;
    }
    if (counts.texts == 0) continue;  // nothing in it
    std::set<std::string> distinct;
    bool dates = true;
    double words = 0;
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const io::CsvCell cell = table[name][row];
      if (train::is_missing(cell, table.options.missing)) continue;
      distinct.insert(cell);
      dates = dates && train::parse_date(cell).has_value();
      words += double(train::words_of(cell).size()) / double(table.rows());
    }
    if (dates)
      recipe.date(name);
    else if (words > 3 && distinct.size() > table.rows() / 2)
      recipe.text(name);
    else if (distinct.size() <= most_categories && 2 * distinct.size() <= table.rows())
      recipe.category(name);
    else
      continue;
    ++columns;
  }
  if (columns == 0) throw ValueError(table.file + ": no column to predict '" + target + "' from");
  return recipe;
}

Net::Net(std::int64_t numbers, const std::vector<std::int64_t>& categories, std::int64_t outputs,
         const Settings& settings)
    : first(add("first", nn::Linear(input_width(numbers, categories), settings.hidden))),
      second(add("second", nn::Linear(settings.hidden, settings.hidden))),
      out(add("out", nn::Linear(settings.hidden, outputs))),
      drop(add("drop", nn::Dropout(settings.dropout))) {
  for (std::size_t i = 0; i < categories.size(); ++i)
    tables.push_back(add("table" + std::to_string(i),
                         nn::Embedding(categories[i], embedding_width(categories[i]))));
}

Tensor Net::operator()(const train::Features& rows) const {
  Tensors parts{rows.numeric};
  for (std::size_t i = 0; i < tables.size(); ++i)
    parts.push_back(tables[i](select(rows.ids, 1, std::int64_t(i))));
  return out(drop(relu(second(drop(relu(first(cat(parts, 1))))))));
}

Model::Model(const io::CsvTable& table, const Target& target, const Rows& training,
             const Rows& validation, const Settings& settings,
             const std::vector<train::Callback>& callbacks)
    : settings_(settings), labels_(target.labels) {
  settings_.target = target.column;
  prepared_ = recipe_for(table, target.column).fit(table, training);
  std::vector<double> own = target.values;
  if (!target.classes()) {
    const train::StandardScaler scaler(target.values, training);
    shift_ = scaler.mean(), scale_ = scaler.scale();
    for (double& value : own) value = scaler.transform(value);
  }
  const Tensor all = target_tensor(own, target.classes());
  targets_ = train::take(all, training);
  manual_seed(settings.seed);
  make_net();
  optim::Adam optimizer(*net_, {.lr = settings.lr});
  const train::Features& x = prepared_.training();
  train::DataLoader loader(
      {x.numeric, x.ids, targets_},
      {.batch_size = settings.batch, .shuffle = true, .merge_last = true, .seed = settings.seed});
  const bool validates = !validation.empty();
  const train::Features others = validates ? prepared_.transform(table, validation) : x;
  const Tensor others_y = validates ? train::take(all, validation) : targets_;
  const Tensors weights = nn::matching(net_->named_parameters(), "*", nn::without_biases);
  train::FitOptions options{.epochs = settings.epochs,
                            .stopping = {.patience = validates ? settings.patience : 0},
                            .keep_best = validates};
  options.callbacks = callbacks;
  const auto result = train::fit(
      *net_, optimizer, loader,
      [&](const Tensor& numeric, const Tensor& ids, const Tensor& y) {
        const Tensor value = loss((*net_)({numeric, ids}), y);
        return settings_.l2 > 0 ? value + nn::l2_penalty(weights, settings_.l2) : value;
      },
      [&] { return loss((*net_)(others), others_y).item(); }, options);
  history_ = result.history;
}

void Model::make_net() {
  net_.emplace(std::int64_t(prepared_.numeric_names().size()), sizes_of(prepared_),
               std::int64_t(std::max<std::size_t>(1, labels_.size())), settings_);
}

Tensor Model::loss(const Tensor& output, const Tensor& target) const {
  return labels_.empty() ? mse_loss(output, target) : cross_entropy(output, target);
}

void Model::train_more(double l2, int epochs) {
  optim::Adam optimizer(*net_, {.lr = settings_.lr});
  const train::Features& x = prepared_.training();
  train::DataLoader loader(
      {x.numeric, x.ids, targets_},
      {.batch_size = settings_.batch, .shuffle = true, .merge_last = true, .seed = settings_.seed});
  const Tensors weights = nn::matching(net_->named_parameters(), "*", nn::without_biases);
  train::fit(
      *net_, optimizer, loader,
      [&](const Tensor& numeric, const Tensor& ids, const Tensor& y) {
        return loss((*net_)({numeric, ids}), y) + nn::l2_penalty(weights, l2);
      },
      [] { return 0.0; }, {.epochs = epochs, .keep_best = false});
}

std::vector<double> Model::predict(const io::CsvTable& table, const Rows& rows) const {
  const NoGrad guard;
  const nn::EvalGuard mode(*net_);
  const Tensor output = (*net_)(prepared_.transform(table, rows));
  std::vector<double> values =
      to(labels_.empty() ? output : softmax(output, 1), float64).to_vector<double>();
  if (labels_.empty())
    for (double& value : values) value = value * scale_ + shift_;
  return values;
}

double Model::score(const io::CsvTable& table, const Target& target, const Rows& rows) const {
  const std::vector<double> said = predict(table, rows);
  if (labels_.empty()) {
    std::vector<double> truth;
    for (const auto row : rows) truth.push_back(target.values[std::size_t(row)]);
    return train::r2_score(truth, said);
  }
  double right = 0;
  const std::size_t classes = labels_.size();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto begin = said.begin() + std::ptrdiff_t(i * classes);
    right += double(std::max_element(begin, begin + std::ptrdiff_t(classes)) - begin) ==
             target.values[std::size_t(rows[i])];
  }
  return right / double(rows.size());
}

void Model::save(const std::string& path) const {
  train::Prepared prepared = prepared_;
  train::Checkpoint file;
  file.add("model", *net_);
  file.add("prepared", prepared);
  file.fix("target", settings_.target);
  file.fix("hidden", settings_.hidden);
  file.fix("dropout", settings_.dropout);
  file.fix("shift", shift_);
  file.fix("scale", scale_);
  std::vector<double> sizes{double(prepared_.numeric_names().size())};
  for (const auto size : sizes_of(prepared_)) sizes.push_back(double(size));
  file.fix("sizes", sizes);
  std::string labels;
  for (const std::string& label : labels_) labels += label + "\n";
  file.fix("labels", labels);
  file.save(path);
}

Model::Model(const std::string& path) {
  const auto values = train::Checkpoint::values(path);
  const auto value = [&]<class T>(const char* name, T& out) {
    const auto found = values.find(name);
    if (found == values.end() || !std::holds_alternative<T>(found->second))
      throw IoError(path + ": not a model of this tool");
    out = std::get<T>(found->second);
  };
  std::vector<double> sizes;
  std::string labels;
  value("target", settings_.target);
  value("hidden", settings_.hidden);
  value("dropout", settings_.dropout);
  value("shift", shift_);
  value("scale", scale_);
  value("sizes", sizes);
  value("labels", labels);
  for (std::size_t at = 0; at < labels.size();) {
    const std::size_t end = labels.find('\n', at);
    labels_.push_back(labels.substr(at, end - at));
    at = end + 1;
  }
  if (sizes.empty()) throw IoError(path + ": not a model of this tool");
  net_.emplace(std::int64_t(sizes[0]), std::vector<std::int64_t>(sizes.begin() + 1, sizes.end()),
               std::int64_t(std::max<std::size_t>(1, labels_.size())), settings_);
  train::Checkpoint file;
  file.add("model", *net_);
  file.add("prepared", prepared_);
  for (const auto& [name, constant] : values) file.fix(name, constant);
  file.load(path);
  net_->eval();
}

}  // namespace tool
