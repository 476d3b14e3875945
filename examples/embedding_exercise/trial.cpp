#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/trial/trial.hpp>
#include <iostream>
#include <numeric>

#include "experiment.hpp"

namespace exercise {

using namespace cinta;

namespace {

/// Validation rows that are distributed like the whole: of each class, or each tenth of a
/// regression's targets, a fifth. The same ones for every trial, so that these compare.
Split split_for_search(const Dataset& data) {
  std::vector<std::int64_t> stratum(data.target.begin(), data.target.end());
  if (!data.classifies()) {
    std::vector<std::int64_t> order(data.target.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
      return data.target[std::size_t(a)] < data.target[std::size_t(b)];
    });
    const std::int64_t strata = std::min<std::int64_t>(10, data.rows() / 10 + 1);
    for (std::int64_t place = 0; place < data.rows(); ++place)
      stratum[std::size_t(order[std::size_t(place)])] = place * strata / data.rows();
  }
  return train::stratified_split(stratum, 1, {.train = 0.8, .validation = 0.2, .test = 0});
}

Rows all_rows(const Dataset& data) {
  Rows rows(std::size_t(data.rows()));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

/// The test file's columns are those of the file that was searched on, whatever its own look like.
Dataset load_test_data(const Dataset& searched, Options options) {
  options.data = options.test_data;
  options.numeric.clear();
  options.categorical.clear();
  for (const auto& column : searched.numeric) options.numeric.push_back(column.name);
  for (const auto& column : searched.categorical) options.categorical.push_back(column.name);
  return load_dataset(options);
}

}  // namespace

void run_trial(const Options& options) {
  train::Trial trial(std::cout);
  const Dataset data = load_dataset(options);
  const Features features = make_features(data, split_for_search(data));
  const std::uint64_t seed = options.seeds.front();
  manual_seed(seed);
  const Net net(features, options, true);
  optim::Adam optimizer(net.parameters(), {.lr = options.lr});
  const Part& part = features.train;
  train::DataLoader loader({part.numeric, part.ids, part.target},
                           {.batch_size = options.batch, .shuffle = true, .seed = seed});
  const auto result = trial.run([&] {
    return train::fit(
        net, optimizer, loader,
        [&](const Tensor& numeric, const Tensor& ids, const Tensor& target) {
          const Tensor loss = loss_of(data.classifies(), net.forward(numeric, ids), target);
          return net.penalized(loss, options.l1, options.l2);
        },
        [&] { return mean_loss(net, features.validation, data.classifies()); },
        {.epochs = options.epochs,
         .checkpoints = {.folder = options.trial + "/fit", .last = 1},
         // A search may go on from a checkpoint of other values: those of this run count.
         .callbacks = {
             {.on_start = [&](train::FitStatus&) { optimizer.set_option("lr", options.lr); }},
             trial.callback()}});
  });

  double parameters = 0;
  for (const Tensor& parameter : net.parameters()) parameters += double(parameter.numel());
  train::Figures figures{{"validation_loss", result.best_figure}, {"parameters", parameters}};
  if (!options.test_data.empty()) {
    const NoGrad guard;
    const Dataset test = load_test_data(data, options);
    figures.emplace_back(
        "test_loss",
        mean_loss(net, make_part(test, features.learned, all_rows(test)), data.classifies()));
  }
  trial.finish(result.best_epoch, figures);
}

}  // namespace exercise
