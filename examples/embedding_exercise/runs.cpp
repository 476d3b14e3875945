#include "runs.hpp"

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/data/features/standard_scaler.hpp>
#include <cinta/train/data/features/vocabulary.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <map>
#include <numeric>

#include "../common/program.hpp"

namespace exercise {

using namespace cinta;
using tabular::Learned;
using tabular::Model;
using tabular::Part;

namespace {

/// What all runs share: the request, and one progress bar over the training steps of all of them.
struct Session {
  const Options& options;
  example::Steps steps;
};

/// Training steps of one model on about `rows` rows, if it is not stopped early.
std::int64_t steps_of(const Options& options, std::int64_t rows) {
  return options.epochs * ((rows + options.batch - 1) / options.batch);
}

// ---- Figures

double percentage_error(bool log, std::vector<double> truth, std::vector<double> prediction) {
  if (log)
    for (std::vector<double>* values : {&truth, &prediction})
      for (double& value : *values) value = std::exp(value);
  if (std::find(truth.begin(), truth.end(), 0.0) != truth.end()) return std::nan("");
  return 100 * train::mean_absolute_percentage_error(truth, prediction);
}

/// `prediction` is what the model learns: values, logarithms, or probabilities of the second class.
/// `scale` is the standard deviation of the target in training.
std::vector<double> score(const Dataset& data, const Rows& rows,
                          const std::vector<double>& prediction, double scale) {
  const std::vector<double> truth = data.target.of(rows);
  const bool one_value =
      std::all_of(truth.begin(), truth.end(), [&](double v) { return v == truth[0]; });
  if (data.classifies())
    return {train::log_loss(truth, prediction), train::accuracy(truth, prediction),
            train::f1_score(truth, prediction),
            one_value ? std::nan("") : train::roc_auc(truth, prediction)};
  return {train::mean_squared_error(truth, prediction) / (scale * scale),
          one_value ? std::nan("") : train::r2_score(truth, prediction),
          percentage_error(data.target.column.log, truth, prediction)};
}

// ---- Models without a network

/// Predicts the mean target of the training rows with the same categories. The overall mean counts
/// as one more row of each, so that a category seen once does not give certainty; it is the answer
/// for a category never seen. With no columns at all it is the answer for every row.
Run table_run(const std::string& name, const Dataset& data, const Split& split,
              const std::vector<std::string>& columns, std::uint64_t seed) {
  const auto key = [&](std::int64_t row) {
    std::vector<std::string> cells;
    for (const std::string& column : columns) cells.push_back(data.table[column][std::size_t(row)]);
    return cells;
  };
  const std::vector<double> training = data.target.of(split.train);
  const double mean =
      std::accumulate(training.begin(), training.end(), 0.0) / double(training.size());
  std::map<std::vector<std::string>, std::pair<double, double>> sums;  // and numbers of rows
  for (std::size_t i = 0; !columns.empty() && i < training.size(); ++i) {
    auto& [sum, count] = sums[key(split.train[i])];
    sum += training[i];
    count += 1;
  }
  std::vector<double> said;
  for (const std::int64_t row : split.test) {
    const auto found = columns.empty() ? sums.end() : sums.find(key(row));
    said.push_back(found == sums.end() ? mean
                                       : (found->second.first + mean) / (found->second.second + 1));
  }
  const double scale =
      data.classifies() ? 1 : train::StandardScaler(data.target.values, split.train).scale();
  return {name, seed, score(data, split.test, said, scale)};
}

std::vector<Run> table_control(const Dataset& data, const Split& split, std::uint64_t seed) {
  std::vector<Run> runs;
  for (const std::string& column : data.categorical)
    runs.push_back(table_run("table of " + column, data, split, {column}, seed));
  if (data.categorical.size() > 1)
    runs.push_back(table_run("table of all columns", data, split, data.categorical, seed));
  return runs;
}

// ---- Networks

/// A split data set, with everything learned from the training rows only.
struct Prepared {
  Prepared(const Dataset& data, const Split& split)
      : learned(tabular::learn(data.table, data.target, data.recipe(), split.train)),
        training(learned.training(data.target, split.train)),
        validation(learned.part(data.table, data.target, split.validation)),
        test(learned.part(data.table, data.target, split.test)),
        test_rows(split.test) {}
  Learned learned;
  Part training, validation, test;
  Rows test_rows;
};

/// Trains the network, keeps the epoch that validates best and scores it on the test rows.
Run train_model(const std::string& name, const Dataset& data, const Prepared& prepared,
                bool embeddings, std::uint64_t seed, Session& session) {
  session.steps.note("seed " + std::to_string(seed) + ", " + name);
  Options own = session.options;
  own.seed = seed;
  Model model(prepared.learned, own, embeddings);
  std::int64_t steps_left = steps_of(own, prepared.training.target.shape()[0]);
  const auto result = model.fit(prepared.training, &prepared.validation,
                                {.callbacks = {{.after_step = [&](train::FitStatus&) {
                                   --steps_left;
                                   session.steps.advance();
                                 }}}});
  session.steps.advance(steps_left);  // those that early stopping saved
  std::vector<double> said = model.predict(prepared.test.inputs);
  if (data.classifies()) {
    for (std::size_t i = 0; 2 * i < said.size(); ++i) said[i] = said[2 * i + 1];
    said.resize(said.size() / 2);
  }
  return {name,
          seed,
          score(data, prepared.test_rows, said, prepared.learned.scale),
          result.history,
          result.best_epoch,
          model.net().state_dict()};
}

// ---- Controls

/// The categories of the rows in another order.
Dataset shuffled(Dataset data, std::uint64_t seed) {
  auto generator = train::make_generator(seed, 2);  // other numbers than the split's
  const Rows order = train::permutation(data.rows(), generator);
  for (const std::string& name : data.categorical) {
    io::CsvColumn& column = data.table.columns[data.table.index(name)];
    io::CsvColumn cells;
    cells.reserve(column.size(), column.bytes());
    for (const std::int64_t row : order) cells.push_back(column[std::size_t(row)]);
    column = std::move(cells);
  }
  return data;
}

/// Whole categories of a column as test part; the other rows split at random into training and
/// validation part, in the proportion asked for.
Split split_by_category(const Dataset& data, const std::string& column, const Options& options,
                        std::uint64_t seed) {
  Rows all(std::size_t(data.rows()));
  std::iota(all.begin(), all.end(), 0);
  const auto cells = data.table[column].strings();
  const std::vector<std::int64_t> groups = train::Vocabulary(cells, all).encode(cells);
  const auto& f = options.fractions;
  const Split outer =
      train::group_split(groups, seed, {.train = 1 - f.test, .validation = 0, .test = f.test});
  const double rest = f.train + f.validation;
  const Split inner =
      train::random_split(static_cast<std::int64_t>(outer.train.size()), seed,
                          {.train = f.train / rest, .validation = f.validation / rest, .test = 0});
  Split split{{}, {}, outer.test};
  for (const std::int64_t i : inner.train) split.train.push_back(outer.train[i]);
  for (const std::int64_t i : inner.validation) split.validation.push_back(outer.train[i]);
  return split;
}

/// The column for the third control: the one asked for, or that with most categories. None if it
/// has fewer than three categories, with which there is nothing to hold out.
std::optional<std::size_t> choose_unseen(const Dataset& data, const Options& options) {
  const auto asked = std::find(data.categorical.begin(), data.categorical.end(), options.unseen);
  const auto most = std::max_element(data.categories.begin(), data.categories.end());
  const auto column = std::size_t(asked != data.categorical.end() ? asked - data.categorical.begin()
                                                                  : most - data.categories.begin());
  if (data.categories[column] < 3) return std::nullopt;
  return column;
}

std::vector<Run> unseen_control(const Dataset& data, const std::string& column, std::uint64_t seed,
                                Session& session) {
  const Split split = split_by_category(data, column, session.options, seed);
  const Prepared prepared(data, split);
  const std::string what = "unseen " + column + ": ";
  return {table_run(what + baseline_name(data), data, split, {}, seed),
          train_model(what + without_embeddings, data, prepared, false, seed, session),
          train_model(what + with_embeddings, data, prepared, true, seed, session)};
}

}  // namespace

std::vector<std::string> score_names(const Dataset& data) {
  if (data.classifies()) return {"loss", "accuracy", "F1", "AUC"};
  return {"loss", "R2", "error %"};
}

Results run_exercise(const Dataset& data, const Options& options) {
  Results results;
  if (options.controls) results.unseen_column = choose_unseen(data, options);
  const std::int64_t trainings = 2 + options.controls + (results.unseen_column ? 2 : 0);
  const auto training_rows =
      static_cast<std::int64_t>(static_cast<double>(data.rows()) * options.fractions.train);
  Session session{options,
                  {options.quiet, static_cast<std::int64_t>(options.seeds.size()) * trainings *
                                      steps_of(options, training_rows)}};

  const auto append = [](std::vector<Run>& to, std::vector<Run> runs) {
    for (Run& run : runs) to.push_back(std::move(run));
  };
  for (const std::uint64_t seed : options.seeds) {
    const Split split = split_dataset(data, options, seed);
    const Prepared prepared(data, split);
    results.models.push_back(table_run(baseline_name(data), data, split, {}, seed));
    results.models.push_back(train_model(without_embeddings, data, prepared, false, seed, session));
    results.models.push_back(train_model(with_embeddings, data, prepared, true, seed, session));
    results.learned.push_back(prepared.learned);
    if (!options.controls) continue;
    append(results.tables, table_control(data, split, seed));
    const Dataset other = shuffled(data, seed);
    results.shuffled.push_back(
        train_model("categories shuffled", other, Prepared(other, split), true, seed, session));
    if (results.unseen_column)
      append(results.unseen,
             unseen_control(data, data.categorical[*results.unseen_column], seed, session));
  }
  return results;
}

}  // namespace exercise
