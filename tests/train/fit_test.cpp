// train: the data loader and the training loop.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/fit.hpp>
#include <cmath>
#include <set>

#include "support/catch_compat.hpp"

using namespace cinta;

namespace {

/// 0, 1, ..., n-1 as int64 (n,), and the same times ten as float32 (n, 2).
Tensor counting(std::int64_t n) {
  std::vector<std::int64_t> values(n);
  for (std::int64_t i = 0; i < n; ++i) values[i] = i;
  return from_data(values, {n});
}
Tensor tens(std::int64_t n) {
  std::vector<float> values;
  for (std::int64_t i = 0; i < n; ++i) values.insert(values.end(), {10.0f * i, 10.0f * i + 1});
  return from_data(values, {n, 2});
}

std::vector<std::int64_t> one_pass(train::DataLoader<2>& loader) {
  std::vector<std::int64_t> seen;
  for (auto& [ids, values] : loader) {
    REQUIRE(ids.shape()[0] == values.shape()[0]);
    for (std::int64_t i = 0; i < ids.numel(); ++i) {
      const std::int64_t id = ids.to_vector<std::int64_t>()[i];
      seen.push_back(id);
      CHECK(values.to_vector<float>()[2 * i + 1] == 10 * id + 1);
    }
  }
  return seen;
}

/// y = 2 x, one weight.
struct Line : nn::Module {
  nn::Linear layer = add("layer", nn::Linear(1, 1, {.bias = false}));
};

}  // namespace

TEST_CASE("data loader: all rows in order, rows of several tensors together") {
  train::DataLoader loader({counting(10), tens(10)}, {.batch_size = 4});
  CHECK(loader.batches() == 3);
  std::vector<std::int64_t> expected{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  CHECK(one_pass(loader) == expected);
  CHECK(one_pass(loader) == expected);
  train::DataLoader full({counting(10), tens(10)}, {.batch_size = 4, .drop_last = true});
  CHECK(one_pass(full).size() == 8);
  train::DataLoader one({counting(3)});
  for (auto& [ids] : one) CHECK(ids.numel() == 3);
}

TEST_CASE("data loader: every pass has its own order, fixed by the seed") {
  const train::DataLoaderOptions options{.batch_size = 7, .shuffle = true, .seed = 3};
  train::DataLoader a({counting(50), tens(50)}, options);
  train::DataLoader b({counting(50), tens(50)}, options);
  const auto first = one_pass(a), second = one_pass(a);
  CHECK(first != second);
  CHECK(one_pass(b) == first);
  CHECK(one_pass(b) == second);
  CHECK(std::set(first.begin(), first.end()).size() == 50);
}

TEST_CASE("data loader: strided tensors and no rows") {
  const Tensor columns = transpose(from_data(std::vector<float>{0, 10, 20, 1, 11, 21}, {2, 3}));
  train::DataLoader loader({counting(3), columns}, {.batch_size = 2, .shuffle = true});
  CHECK(one_pass(loader).size() == 3);
  train::DataLoader none({counting(0), tens(0)}, {.shuffle = true});
  CHECK(one_pass(none).empty());
  CHECK(none.batches() == 0);
}

TEST_CASE("data loader: tensors that do not fit") {
  CHECK_THROWS_WITH(train::DataLoader({counting(3), tens(4)}),
                    StartsWith("DataLoader: tensor 1 has 4 rows, tensor 0 has 3 [fit_test.cpp:"));
  CHECK_THROWS_WITH(train::DataLoader({Tensor()}),
                    StartsWith("DataLoader: tensor 0 is undefined [fit_test.cpp:"));
  CHECK_THROWS_WITH(train::DataLoader({zeros({})}),
                    StartsWith("DataLoader: tensor 0 has no axis to cut along [fit_test.cpp:"));
  CHECK_THROWS_WITH(train::DataLoader({counting(3)}, {.batch_size = 0}),
                    StartsWith("DataLoader: batch_size is 0, must be at least 1 [fit_test.cpp:"));
}

TEST_CASE("data loader: a batch may be of any size") {
  // The product of rows and bytes was 0, and something was divided by it.
  for (const std::int64_t size : {std::int64_t(1) << 60, std::int64_t(1) << 62, INT64_MAX}) {
    train::DataLoader loader({zeros({10, 4})}, {.batch_size = size, .shuffle = true});
    CHECK(loader.batches() == 1);
    for (auto& [x] : loader) CHECK(x.shape()[0] == 10);
  }
}

TEST_CASE("fit: a batch whose first tensor has no rows") {
  Line line;
  optim::SGD optimizer(line.parameters(), {.lr = 0.1});
  std::vector<std::array<Tensor, 1>> batches{{ones({})}};
  CHECK_THROWS_WITH(train::fit(
                        line, optimizer, batches,
                        [&](const Tensor& in) {
                          return mean(square(line.layer(reshape(in, {1, 1}))));
                        },
                        [] { return 1.0; }),
                    StartsWith("fit: the first tensor of a batch has no axis of rows ["));
}

TEST_CASE("fit: learns, reports every epoch, and keeps the best one") {
  Line line;
  optim::SGD optimizer(line.parameters(), {.lr = 0.1});
  const Tensor x = from_data(std::vector<float>{-1, 0, 1, 2}, {4, 1});
  const Tensor y = x * 2;
  train::DataLoader loader({x, y}, {.batch_size = 2, .shuffle = true, .seed = 1});
  // The figure is best in epoch 3 whatever the model does.
  std::vector<double> figures{5, 4, 1, 2, 3}, weights;
  int batches = 0;
  const auto result = train::fit(
      line, optimizer, loader,
      [&](const Tensor& in, const Tensor& out) {
        CHECK(line.is_training());
        return mse_loss(line.layer(in), out);
      },
      [&] {
        CHECK_FALSE(line.is_training());
        CHECK_FALSE(GradMode::enabled());
        weights.push_back(line.layer.weight.item());
        return figures[weights.size() - 1];
      },
      {.epochs = 5, .callbacks = {{.after_step = [&](train::FitStatus&) { ++batches; }}}});
  REQUIRE(result.history.size() == 5);
  CHECK(batches == 10);
  CHECK(result.best_epoch == 3);
  CHECK(result.best_figure == 1);
  CHECK(result.history[4].epoch == 5);
  CHECK(result.history[4].validation_loss == 3);
  CHECK(result.history[4].train_loss < result.history[0].train_loss);
  CHECK(line.layer.weight.item() == weights[2]);
  CHECK(weights[2] != weights[4]);
  CHECK_FALSE(line.is_training());
}

TEST_CASE("fit: best_epoch is the one whose state the model has") {
  for (const bool keep_best : {true, false}) {
    Line line;
    optim::SGD optimizer(line.parameters(), {.lr = 0.1});
    train::DataLoader loader({ones({4, 1})}, {.batch_size = 2});
    std::vector<double> weights;
    const auto result = train::fit(
        line, optimizer, loader, [&](const Tensor& in) { return mean(square(line.layer(in))); },
        [&] {
          weights.push_back(line.layer.weight.item());
          return weights.size() == 2 ? 0.5 : double(weights.size());
        },
        {.epochs = 4, .keep_best = keep_best});
    CHECK(result.best_epoch == (keep_best ? 2 : 4));
    CHECK(result.best_figure == (keep_best ? 0.5 : 4));
    CHECK(line.layer.weight.item() == weights[std::size_t(result.best_epoch) - 1]);
    CHECK(weights[1] != weights[3]);
  }
}

TEST_CASE("fit: validates with the weights that the optimizer has for it, and ends with them") {
  const auto train_line = [](bool by_hand) {
    Line line;
    copy_(line.layer.weight.detach(), ones({1, 1}));
    optim::ScheduleFreeAdamW optimizer(line, {.lr = 0.1});
    train::DataLoader loader({ones({4, 1})}, {.batch_size = 2});
    std::vector<double> seen;
    const auto look = [&] {
      seen.push_back(line.layer.weight.item());
      return 10.0 - double(seen.size());
    };
    const auto loss = [&](const Tensor& in) { return mean(square(line.layer(in))); };
    if (!by_hand) {
      train::fit(line, optimizer, loader, loss, look, {.epochs = 3});
      CHECK_FALSE(optimizer.is_training());
    }
    for (int epoch = 0; by_hand && epoch < 3; ++epoch) {
      for (auto& [in] : loader) {
        optimizer.zero_grad();
        loss(in).backward();
        optimizer.step();
      }
      const double y = line.layer.weight.item();
      optimizer.eval();
      look();
      CHECK(seen.back() != y);
      if (epoch < 2) optimizer.train();
    }
    seen.push_back(line.layer.weight.item());
    return seen;
  };
  CHECK(train_line(false) == train_line(true));
}

TEST_CASE("fit: no batch, and no validation loss that is a number") {
  Line line;
  optim::SGD optimizer(line.parameters(), {.lr = 0.1});
  const auto loss = [&](const Tensor& in) { return mean(square(line.layer(in))); };
  train::DataLoader few({ones({3, 1})}, {.batch_size = 5, .drop_last = true});
  const std::string none =
      "fit: the loader gave no batch in epoch 1; are there rows, and with drop_last as many as "
      "batch_size? [fit_test.cpp:";
  CHECK_THROWS_WITH(train::fit(line, optimizer, few, loss, [] { return 1.0; }), StartsWith(none));
  train::DataLoader empty_one({ones({0, 1})});
  CHECK_THROWS_WITH(train::fit(line, optimizer, empty_one, loss, [] { return 1.0; }),
                    StartsWith(none));

  train::DataLoader loader({ones({4, 1})});
  const auto nan = [] { return std::nan(""); };
  CHECK_THROWS_WITH(
      train::fit(line, optimizer, loader, loss, nan, {.epochs = 3}),
      StartsWith(
          "fit: the validation_loss was nan in all 3 epochs, so there is no best one to keep ["));
  CHECK(train::fit(line, optimizer, loader, loss, nan, {.epochs = 3, .keep_best = false})
            .best_epoch == 3);
  CHECK(train::fit(line, optimizer, loader, loss, nan, {.epochs = 0}).best_epoch == 0);
}

TEST_CASE("fit: stops early, and when the loss is no number") {
  Line line;
  const Tensor x = ones({4, 1});
  train::DataLoader loader({x}, {.batch_size = 4});
  optim::SGD optimizer(line.parameters(), {.lr = 0.01});
  const auto loss = [&](const Tensor& in) { return mean(square(line.layer(in))); };
  const auto result = train::fit(line, optimizer, loader, loss, [] { return 1.0; },
                                 {.epochs = 100, .stopping = {.patience = 3}});
  CHECK(result.history.size() == 4);
  CHECK(result.best_epoch == 1);

  CHECK_THROWS_WITH(
      train::fit(
          line, optimizer, loader,
          [&](const Tensor& in) { return mean(line.layer(in)) * std::nan(""); },
          [] { return 1.0; }),
      StartsWith("fit: the training loss is nan in epoch 1; a smaller learning rate may help ["));
  CHECK_THROWS_WITH(
      train::fit(
          line, optimizer, loader,
          [&](const Tensor& in) { return mean(line.layer(in)) * -std::nan(""); },
          [] { return 1.0; }),
      StartsWith("fit: the training loss is nan in epoch 1; a smaller learning rate may help ["));
  struct Stop {};
  CHECK_THROWS_AS(
      train::fit(line, optimizer, loader, loss, [] { return 1.0; },
                 {.callbacks = {{.after_step = [](train::FitStatus&) { throw Stop(); }}}}),
      Stop);
}

TEST_CASE("fit: a run that an exception ends leaves the best weights, in evaluation mode") {
  Line line;
  train::DataLoader loader({ones({4, 1})}, {.batch_size = 4});
  optim::SGD optimizer(line.parameters(), {.lr = 0.01});
  int validated = 0;
  std::vector<float> best;
  const auto loss = [&](const Tensor& in) {
    return mean(square(line.layer(in))) * (validated == 2 ? std::nan("") : 1);
  };
  const auto validate = [&] {
    if (++validated == 1) best = line.layer.weight.to_vector<float>();
    return double(validated);
  };
  CHECK_THROWS_AS(train::fit(line, optimizer, loader, loss, validate, {.epochs = 9}),
                  train::DivergedError);
  REQUIRE(validated == 2);
  CHECK(line.layer.weight.to_vector<float>() == best);
  CHECK_FALSE(line.is_training());
}
