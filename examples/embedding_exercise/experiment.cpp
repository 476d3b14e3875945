#include "experiment.hpp"

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cmath>

#include "model.hpp"
#include "table_model.hpp"

namespace exercise {

using namespace cinta;

namespace {

/// Outputs of the network for all rows of a part, as standardised values or logits.
std::vector<double> outputs(const Net& net, const Part& part) {
  std::vector<double> out;
  train::DataLoader loader({part.numeric, part.ids}, {.batch_size = 8192});
  for (auto& [numeric, ids] : loader)
    for (const float y : net.forward(numeric, ids).to_vector<float>()) out.push_back(y);
  return out;
}

std::vector<double> targets(const Dataset& data, const Rows& rows) {
  std::vector<double> out;
  for (const std::int64_t row : rows) out.push_back(data.target[row]);
  return out;
}

std::vector<double> test_scores(const Dataset& data, const Features& features, const Net& net) {
  const NoGrad guard;
  std::vector<double> predictions = outputs(net, features.test);
  const Preprocessing& learned = features.learned;
  for (double& value : predictions) {
    value = data.classifies() ? 1 / (1 + std::exp(-value))
                              : learned.target_scaler.inverse_transform(value);
    // A network extrapolates wildly from an outlier, and exp() of it would drown all else.
    value = std::clamp(value, learned.target_low, learned.target_high);
  }
  return score(data.task, targets(data, features.test.rows), predictions,
               features.learned.target_scaler.scale());
}

}  // namespace

Tensor loss_of(bool classifies, const Tensor& output, const Tensor& target) {
  return classifies ? binary_cross_entropy_with_logits(output, target) : mse_loss(output, target);
}

double mean_loss(const Net& net, const Part& part, bool classifies) {
  double sum = 0;
  train::DataLoader loader({part.numeric, part.ids, part.target}, {.batch_size = 8192});
  for (auto& [numeric, ids, target] : loader)
    sum += loss_of(classifies, net.forward(numeric, ids), target).item() *
           static_cast<double>(target.shape()[0]);
  return sum / static_cast<double>(loader.rows());
}

std::int64_t steps_of(const Options& options, std::int64_t rows) {
  return options.epochs * ((rows + options.batch - 1) / options.batch);
}

Run train_model(const std::string& name, const Dataset& data, const Features& features,
                bool embeddings, std::uint64_t seed, Session& session) {
  const Options& options = session.options();
  session.begin(name, seed);
  manual_seed(seed);
  const Net net(features, options, embeddings);
  optim::Adam optimizer(net.parameters(), {.lr = options.lr});
  const Part& part = features.train;
  train::DataLoader loader({part.numeric, part.ids, part.target},
                           {.batch_size = options.batch, .shuffle = true, .seed = seed});

  std::int64_t steps_left = steps_of(options, loader.rows());
  const auto result = train::fit(
      net, optimizer, loader,
      [&](const Tensor& numeric, const Tensor& ids, const Tensor& target) {
        const Tensor loss = loss_of(data.classifies(), net.forward(numeric, ids), target);
        return net.penalized(loss, options.l1, options.l2);
      },
      [&] { return mean_loss(net, features.validation, data.classifies()); },
      {.epochs = options.epochs,
       .stopping = {.patience = options.patience},
       .keep_best = options.keep_best,
       .callbacks = {{.after_step = [&](train::FitStatus&) {
         --steps_left;
         session.step();
       }}}});
  session.step(steps_left);  // those that early stopping saved
  return {name,
          seed,
          test_scores(data, features, net),
          result.history,
          result.best_epoch,
          net.state_dict()};
}

Run table_run(const std::string& name, const Dataset& data, const Split& split,
              const std::vector<std::size_t>& columns, std::uint64_t seed) {
  const TableModel table(data, split.train, columns);
  double scale = 1;
  if (!data.classifies()) scale = train::StandardScaler(data.target, split.train).scale();
  return {name,
          seed,
          score(data.task, targets(data, split.test), table.predict(data, split.test), scale),
          {},
          0,
          {}};
}

}  // namespace exercise
