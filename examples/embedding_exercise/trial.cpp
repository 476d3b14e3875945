#include <algorithm>
#include <cinta/train/trial/trial.hpp>
#include <iostream>
#include <numeric>

#include "runs.hpp"

namespace exercise {

using namespace cinta;

namespace {

/// Validation rows that are distributed like the whole: of each class, or each tenth of a
/// regression's targets, a fifth. The same ones for every trial, so that these compare.
Split split_for_search(const Dataset& data) {
  const std::vector<double>& target = data.target.values;
  std::vector<std::int64_t> stratum(target.begin(), target.end());
  if (!data.classifies()) {
    std::vector<std::int64_t> order(target.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return target[std::size_t(a)] < target[std::size_t(b)];
    });
    const std::int64_t strata = std::min<std::int64_t>(10, data.rows() / 10 + 1);
    for (std::int64_t place = 0; place < data.rows(); ++place)
      stratum[std::size_t(order[std::size_t(place)])] = place * strata / data.rows();
  }
  return train::stratified_split(stratum, 1, {.train = 0.8, .validation = 0.2, .test = 0});
}

/// The test file's columns are those of the file that was searched on, whatever its own look like.
Dataset load_test_data(const Dataset& searched, Options options) {
  options.data = options.test_data;
  options.numeric = searched.numeric;
  options.categorical = searched.categorical;
  return load_dataset(options);
}

}  // namespace

void run_trial(const Options& options) {
  train::Trial trial(std::cout);
  const Dataset data = load_dataset(options);
  const Split split = split_for_search(data);
  const auto learned = tabular::learn(data.table, data.target, data.recipe(), split.train);
  const tabular::Part validation = learned.part(data.table, data.target, split.validation);
  Options own = options;
  own.seed = options.seeds.front();
  tabular::Model model(learned, own);
  const auto result = trial.run([&] {
    return model.fit(learned.training(data.target, split.train), &validation,
                     {.checkpoints = {.folder = options.trial + "/fit", .last = 1},
                      .callbacks = {trial.callback()}});
  });

  double parameters = 0;
  for (const Tensor& parameter : model.net().parameters()) parameters += double(parameter.numel());
  train::Figures figures{{"validation_loss", result.best_figure}, {"parameters", parameters}};
  if (!options.test_data.empty()) {
    const NoGrad guard;
    const Dataset test = load_test_data(data, options);
    Rows rows(std::size_t(test.rows()));
    std::iota(rows.begin(), rows.end(), 0);
    figures.emplace_back("test_loss", model.loss(learned.part(test.table, test.target, rows)));
  }
  trial.finish(result.best_epoch, figures);
}

}  // namespace exercise
