#include "model.hpp"

#include <algorithm>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/data/table/date.hpp>
#include <cinta/train/data/table/table.hpp>
#include <cmath>
#include <set>

namespace tabular {
namespace {

constexpr std::size_t most_categories = 2000;
constexpr std::int64_t rows_at_once = 8192;  // where nothing is learned

std::int64_t width_of(std::int64_t categories, const NetOptions& options) {
  if (options.embedding_dim > 0) return options.embedding_dim;
  return std::min<std::int64_t>(16, (categories + 1) / 2);
}

Tensor target_tensor(const std::vector<double>& values, const Learned& learned) {
  const auto n = std::int64_t(values.size());
  if (learned.outputs() > 1)
    return from_data(std::vector<std::int64_t>(values.begin(), values.end()), {n});
  std::vector<float> numbers;
  for (const double value : values)
    numbers.push_back(float((value - learned.shift) / learned.scale));
  return from_data(numbers, {n, 1});
}

}  // namespace

Net::Net(std::int64_t numbers, const std::vector<std::int64_t>& categories, std::int64_t outputs,
         const NetOptions& options)
    : dropout_(add("dropout", nn::Dropout(options.dropout))), unknown_rate_(options.unknown_rate) {
  std::int64_t width = numbers;
  for (const std::int64_t ids : categories) {
    const std::int64_t own = width_of(ids, options);
    tables_.push_back(add("embedding" + std::to_string(tables_.size()), nn::Embedding(ids, own)));
    width += own;
  }
  for (const std::int64_t size : options.hidden) {
    layers_.push_back(add("hidden" + std::to_string(layers_.size()), nn::Linear(width, size)));
    width = size;
  }
  layers_.push_back(add("out", nn::Linear(width, outputs)));
}

Tensor Net::operator()(const train::Features& rows) const {
  Tensors inputs{rows.numeric};
  const bool hide = !tables_.empty() && unknown_rate_ > 0 && is_training();
  const Tensor seen =
      hide ? where(bernoulli(rows.ids.shape(), unknown_rate_), train::Vocabulary::unknown, rows.ids)
           : rows.ids;
  for (std::size_t c = 0; c < tables_.size(); ++c)
    inputs.push_back(tables_[c](select(seen, 1, std::int64_t(c))));
  Tensor x = cat(inputs, 1);
  for (std::size_t i = 0; i + 1 < layers_.size(); ++i) x = dropout_(relu(layers_[i](x)));
  return layers_.back()(x);
}

Tensors Net::weights() const {
  Tensors all;
  for (const auto& table : tables_) all.push_back(table.weight);
  for (const auto& layer : layers_) all.push_back(layer.weight);
  return all;
}

train::Preparation recipe_for(const io::CsvTable& table, const Target& target) {
  train::Preparation recipe;
  int columns = 0;
  for (const std::string& name : table.header) {
    if (name == target.column.column) continue;
    const auto counts = train::count_cells(table, name);
    if (mostly_numeric(table, name)) {
      recipe.numeric(name, {.indicator = counts.missing > 0});
      ++columns;
      continue;
    }
    if (counts.texts == 0) continue;  // nothing in it
    std::set<std::string> distinct;
    bool dates = true;
    double words = 0;
    const io::CsvColumn& cells = table[name];
    for (std::size_t row = 0; row < table.rows(); ++row) {
      const io::CsvCell cell = cells[row];
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
  if (columns == 0)
    throw ValueError(table.file + ": no column to predict '" + target.text + "' from");
  return recipe;
}

Learned learn(const io::CsvTable& table, const Target& target, const train::Preparation& recipe,
              const Rows& training) {
  Learned learned;
  learned.target = target.text;
  learned.log = target.column.log;
  learned.labels = target.labels;
  learned.columns = recipe.fit(table, training);
  if (target.classes()) return learned;
  const train::StandardScaler scaler(target.values, training);
  learned.shift = scaler.mean(), learned.scale = scaler.scale();
  const std::vector<double> values = target.of(training);
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  learned.low = *low, learned.high = *high;
  return learned;
}

Part Learned::training(const Target& values, const Rows& rows) const {
  return {columns.training(), target_tensor(values.of(rows), *this)};
}

Part Learned::part(const io::CsvTable& table, const Target& values, const Rows& rows) const {
  return {columns.transform(table, rows), target_tensor(values.of(rows), *this)};
}

Model::Model(Learned learned, const Settings& settings, bool embeddings)
    : learned_(std::move(learned)), settings_(settings) {
  manual_seed(settings.seed);
  if (embeddings)
    for (const auto& [name, size] : learned_.columns.categories()) sizes_.push_back(size);
  net_.emplace(std::int64_t(learned_.columns.numeric_names().size()), sizes_, learned_.outputs(),
               settings_);
}

Tensor Model::loss_of(const Tensor& output, const Tensor& target) const {
  if (learned_.labels.empty()) return mse_loss(output, target);
  return learned_.outputs() > 1 ? cross_entropy(output, target)
                                : binary_cross_entropy_with_logits(output, target);
}

train::FitResult Model::fit(const Part& training, const Part* validation,
                            train::FitOptions options) {
  optim::Adam optimizer(net_->parameters(), {.lr = settings_.lr});
  train::DataLoader loader(
      {training.inputs.numeric, training.inputs.ids, training.target},
      {.batch_size = settings_.batch, .shuffle = true, .seed = settings_.seed, .prefetch = 128});
  options.epochs = settings_.epochs;
  options.stopping.patience = validation ? settings_.patience : 0;
  options.keep_best = validation && settings_.keep_best;
  // A checkpoint may be of other values, as in a search: those of this run count.
  options.callbacks.insert(options.callbacks.begin(), {.on_start = [&](train::FitStatus&) {
                             optimizer.set_option("lr", settings_.lr);
                           }});
  const Tensors weights = net_->weights();
  const double l1 = settings_.l1, l2 = settings_.l2;
  return train::fit(
      *net_, optimizer, loader,
      [&](const Tensor& numeric, const Tensor& ids, const Tensor& target) {
        const Tensor loss = loss_of((*net_)({numeric, ids}), target);
        return l1 == 0 && l2 == 0 ? loss : loss + nn::elastic_net_penalty(weights, l1, l2);
      },
      [&] { return validation ? loss(*validation) : 0.0; }, options);
}

double Model::loss(const Part& part) const {
  double sum = 0;
  train::DataLoader loader({part.inputs.numeric, part.inputs.ids, part.target},
                           {.batch_size = rows_at_once});
  for (auto& [numeric, ids, target] : loader)
    sum += loss_of((*net_)({numeric, ids}), target).item() * double(target.shape()[0]);
  return sum / double(loader.rows());
}

std::vector<double> Model::predict(const train::Features& rows) const {
  const NoGrad guard;
  const nn::EvalGuard mode(*net_);
  std::vector<double> said;
  train::DataLoader loader({rows.numeric, rows.ids}, {.batch_size = rows_at_once});
  for (auto& [numeric, ids] : loader) {
    const Tensor output = (*net_)({numeric, ids});
    const Tensor answer = learned_.outputs() > 1 ? softmax(output, 1) : output;
    for (const double value : to(answer, float64).to_vector<double>()) {
      if (learned_.outputs() > 1) {
        said.push_back(value);
      } else if (!learned_.labels.empty()) {
        const double share = 1 / (1 + std::exp(-value));
        said.push_back(1 - share);
        said.push_back(share);
      } else {
        // A network extrapolates wildly from an outlier, and exp() of it would drown all else.
        said.push_back(
            std::clamp(value * learned_.scale + learned_.shift, learned_.low, learned_.high));
      }
    }
  }
  return said;
}

namespace {

/// Calls f(name, setting) for each that a file holds.
template <class F>
void each_setting(Settings& s, const F& f) {
  f("dropout", s.dropout);
  f("embedding_dim", s.embedding_dim);
  f("unknown_rate", s.unknown_rate);
  f("epochs", s.epochs);
  f("patience", s.patience);
  f("keep_best", s.keep_best);
  f("batch", s.batch);
  f("lr", s.lr);
  f("l1", s.l1);
  f("l2", s.l2);
  f("seed", s.seed);
}

/// What stands in a file for a value of this type.
template <class T>
using Stored =
    std::conditional_t<std::is_integral_v<T> && !std::is_same_v<T, bool>, std::int64_t, T>;

template <class T>
std::vector<double> as_numbers(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}
std::vector<std::int64_t> as_sizes(const std::vector<double>& values) {
  return {values.begin(), values.end()};
}

}  // namespace

void Model::save(const std::string& path, const Record& record) const {
  train::Prepared columns = learned_.columns;
  Settings settings = settings_;
  std::string labels;
  for (const std::string& label : learned_.labels) labels += label + "\n";
  std::vector<double> losses, validation;
  for (const train::EpochRecord& epoch : record.history)
    losses.push_back(epoch.train_loss), validation.push_back(epoch.validation_loss);
  train::Checkpoint file;
  file.add("model", *net_);
  file.add("columns", columns);
  file.fix("target", learned_.target);
  file.fix("log", learned_.log);
  file.fix("labels", labels);
  file.fix("scale", std::vector{learned_.shift, learned_.scale, learned_.low, learned_.high});
  file.fix("numbers", std::int64_t(learned_.columns.numeric_names().size()));
  file.fix("categories", as_numbers(sizes_));
  file.fix("hidden", as_numbers(settings.hidden));
  each_setting(settings,
               [&]<class T>(const char* name, T& value) { file.fix(name, Stored<T>(value)); });
  file.fix("command", record.command);
  file.fix("train_loss", losses);
  file.fix("validation_loss", validation);
  file.fix("figures", record.figures);
  file.save(path);
}

Model::Model(const std::string& path) {
  const auto values = train::Checkpoint::values(path);
  const auto value = [&]<class T>(const char* name, T& out) {
    const auto found = values.find(name);
    if (found == values.end() || !std::holds_alternative<Stored<T>>(found->second))
      throw IoError(path + ": not a model of a table");
    out = T(std::get<Stored<T>>(found->second));
  };
  std::string labels;
  std::vector<double> scale, categories, hidden, losses, validation;
  std::int64_t numbers = 0;
  value("target", learned_.target);
  value("log", learned_.log);
  value("labels", labels);
  value("scale", scale);
  value("numbers", numbers);
  value("categories", categories);
  value("hidden", hidden);
  each_setting(settings_, value);
  value("command", record_.command);
  value("train_loss", losses);
  value("validation_loss", validation);
  value("figures", record_.figures);
  if (scale.size() != 4 || validation.size() != losses.size())
    throw IoError(path + ": not a model of a table");
  for (std::size_t at = 0; at < labels.size();) {
    const std::size_t end = labels.find('\n', at);
    learned_.labels.push_back(labels.substr(at, end - at));
    at = end + 1;
  }
  learned_.shift = scale[0], learned_.scale = scale[1];
  learned_.low = scale[2], learned_.high = scale[3];
  settings_.hidden = as_sizes(hidden);
  sizes_ = as_sizes(categories);
  for (std::size_t i = 0; i < losses.size(); ++i)
    record_.history.push_back({.epoch = int(i) + 1,
                               .train_loss = losses[i],
                               .validation_loss = validation[i],
                               .figures = {{"validation_loss", validation[i]}}});
  net_.emplace(numbers, sizes_, learned_.outputs(), settings_);
  train::Checkpoint file;
  file.add("model", *net_);
  file.add("columns", learned_.columns);
  for (const auto& [name, constant] : values) file.fix(name, constant);
  file.load(path);
  net_->eval();
}

}  // namespace tabular
