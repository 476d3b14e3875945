// train: the learning-rate range test, and that nothing remembers it.

#include <unistd.h>

#include <cinta/optim/state.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/lr_range_test.hpp>
#include <cinta/train/report/lr_range_plot.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "optim/every.hpp"
#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using train::LrRange;
using train::LrRangeOptions;

namespace {

std::vector<char> bytes_of(const Tensor& x) {
  const Tensor dense = contiguous(x.detach());
  const Array elements = dense;
  std::vector<char> bytes(std::size_t(elements.numel()) * size_of(elements.dtype));
  std::memcpy(bytes.data(), elements.memory, bytes.size());
  return bytes;
}

/// A table of which few rows are looked up, dropout, a frozen matrix, and a buffer that changes.
struct Net : nn::Module {
  explicit Net(bool row_sparse)
      : table(add("table", nn::Embedding(30, 4, {.sparse = row_sparse}))),
        frozen(add("frozen", nn::Linear(4, 4))) {
    frozen.requires_grad_(false);
    drop.eval();
  }
  nn::Embedding table;
  nn::Linear frozen;
  nn::Dropout drop = add("drop", nn::Dropout(0.3));
  nn::Linear out = add("out", nn::Linear(4, 1));
  Tensor seen = add_buffer("seen", transpose(zeros({2, 3})));

  Tensor loss(const Tensor& ids) {
    const NoGrad no_grad;
    add_(seen, 1);
    const EnableGrad record;
    return mean(square(out(drop(tanh(frozen(table(ids))))) - 0.5));
  }
};

struct Setting {
  Setting(const std::string& name, const every::Options& options)
      : net(!every::refuses_rows(name)), optimizer(every::make(name, net.table, options)) {
    std::vector<std::int64_t> list;
    for (int i = 0; i < 40; ++i) list.push_back(i * i % 11);
    ids = from_data(list, {40});
  }
  void train(int steps) {
    for (int i = 0; i < steps; ++i) {
      optimizer->zero_grad();
      net.loss(slice(ids, 0, i % 30, i % 30 + 8)).backward();
      optimizer->step();
    }
  }
  /// Everything that training depends on.
  std::vector<std::vector<char>> all() {
    std::vector<std::vector<char>> bytes;
    for (const auto& [path, tensor] : net.state_dict()) bytes.push_back(bytes_of(tensor));
    const optim::State state = optimizer->state_dict();
    for (const auto& [key, tensor] : state.tensors) bytes.push_back(bytes_of(tensor));
    std::string values;
    for (const auto& [key, value] : state.values)
      if (const double* number = std::get_if<double>(&value))
        values.append(reinterpret_cast<const char*>(number), sizeof *number);
      else if (const auto* whole = std::get_if<std::int64_t>(&value))
        values += std::to_string(*whole) + ",";
    values += net.is_training() ? "training " : "evaluating ";
    values += net.drop.is_training() ? "training " : "evaluating ";
    const GeneratorState generator = generator_state();
    values += std::to_string(generator.seed) + ":" + std::to_string(generator.next_call);
    bytes.emplace_back(values.begin(), values.end());
    return bytes;
  }

  Net net;
  std::unique_ptr<optim::Optimizer> optimizer;
  Tensor ids;
};

LrRange run(Setting& s, const LrRangeOptions& options, int throws_at = 1000) {
  train::DataLoader loader({s.ids}, {.batch_size = 8, .shuffle = true});
  int calls = 0;
  return train::lr_range_test(
      s.net, *s.optimizer, loader,
      [&](const Tensor& ids) {
        return ++calls == throws_at ? throw std::runtime_error("no more") : s.net.loss(ids);
      },
      options);
}

template <class F>
std::string refusal(F f) {
  const std::string text = error_of(f);
  return text.substr(0, text.find(" [lr_range_test.cpp:"));
}

/// One weight w, loss curvature / 2 * w^2.
struct Slope : nn::Module {
  Tensor w = add("w", ones({1}, float64));
};

/// A loader without tensors that cannot be copied.
struct Batches {
  explicit Batches(int count) : list(std::size_t(count)) {}
  Batches(const Batches&) = delete;
  auto begin() { return ++passes, list.begin(); }
  auto end() { return list.end(); }
  std::vector<std::tuple<>> list;
  int passes = 0;
};

}  // namespace

TEST_CASE("a range test leaves no trace, with any optimizer, also when it throws") {
  for (const auto& [name, options] : every::cases()) {
    for (const int throws_at : {1000, 1, 7}) {
      INFO(name << " " << throws_at);
      manual_seed(4);
      Setting s(name, options);
      s.train(12);
      const auto before = s.all();
      const Tensor gradient = s.net.table.weight.grad();
      REQUIRE(gradient.defined());
      const LrRangeOptions range{.end = 1e3, .steps = 20, .diverge = 0};
      if (throws_at == 1000)
        CHECK(run(s, range).lr.size() > 5);
      else
        CHECK_THROWS_WITH(run(s, range, throws_at), "no more");
      CHECK(s.net.table.weight.grad().impl() == gradient.impl());
      CHECK(!s.net.out.weight.grad().defined() == !s.net.out.weight.requires_grad());
      CHECK(s.all() == before);
      s.train(15);
      const auto after = s.all();

      manual_seed(4);
      Setting other(name, options);
      other.train(12);
      other.optimizer->state_dict();  // brings rows up to date, as the test does
      other.train(15);
      CHECK(other.all() == after);
    }
  }
}

TEST_CASE("each rate has the loss that its step leads to") {
  for (const auto sweep : {train::Sweep::exponential, train::Sweep::linear}) {
    Slope model;
    optim::SGD sgd(model, {.lr = 0.25});
    Batches loader(3);
    const LrRange range = train::lr_range_test(
        model, sgd, loader, [&] { return sum(square(model.w)); },
        {.start = 0.001, .end = 0.4, .steps = 9, .sweep = sweep, .smoothing = 0.5});
    REQUIRE(range.lr.size() == 9);
    CHECK(loader.passes == 4);  // ten batches of three a pass
    CHECK(range.loss_before == 1);
    CHECK(!range.diverged);
    double w = 1;
    for (int i = 0; i < 9; ++i) {
      const double share = i / 8.0;
      const double lr =
          sweep == train::Sweep::linear ? 0.001 + share * 0.399 : 0.001 * std::pow(400, share);
      CHECK(range.lr[std::size_t(i)] == Approx(lr).epsilon(1e-14));
      w -= lr * 2 * w;
      CHECK(range.loss[std::size_t(i)] == Approx(w * w).epsilon(1e-12));
    }
    for (int i = 0; i < 9; ++i) {
      double sum = 0, weights = 0;
      for (int j = 0; j < 9; ++j) {
        const double weight = std::pow(0.5, std::abs(i - j));
        sum += weight * range.loss[std::size_t(j)], weights += weight;
      }
      CHECK(range.smoothed[std::size_t(i)] == Approx(sum / weights).epsilon(1e-12));
    }
    CHECK(range.lr.back() == 0.4);
    CHECK(model.w.item() == 1);
    CHECK(sgd.options().lr == 0.25);
  }
}

TEST_CASE("a test ends where the loss grows, by its size, or is no number") {
  Slope model;
  optim::SGD sgd(model, {.lr = 1});
  Batches loader(5);
  const auto test = [&](const auto& loss, LrRangeOptions o) {
    return train::lr_range_test(model, sgd, loader, loss, o);
  };
  const auto square_loss = [&] { return sum(square(model.w)); };
  const LrRange grown = test(square_loss, {.start = 1e-3, .end = 1e3, .steps = 60});
  CHECK(grown.diverged);
  CHECK(grown.lr.size() < 50);
  CHECK(grown.lr.back() > 1);  // at rates above 1 it grows
  CHECK(grown.valley() < 1);
  CHECK(grown.steepest() < 1);
  CHECK(grown.minimum_tenth() < 1);
  const LrRange on = test(square_loss, {.start = 1e-3, .end = 1e3, .steps = 60, .diverge = 0});
  CHECK(on.lr.size() == 60);
  CHECK(!on.diverged);

  // Infinite sooner or later.
  const LrRange infinite = test([&] { return exp(square(model.w)); },
                                {.start = 1e-2, .end = 1e6, .steps = 30, .diverge = 0});
  CHECK(infinite.diverged);
  CHECK(infinite.lr.size() < 30);
  for (const double loss : infinite.loss) CHECK(std::isfinite(loss));

  // Figures below zero, which fall for ever or rise by less than their size.
  const LrRange negative =
      test([&] { return sum(model.w) - 10; }, {.start = 1e-3, .end = 1, .steps = 20});
  CHECK(!negative.diverged);
  CHECK(negative.lr.size() == 20);
  const LrRange rising =
      test([&] { return sum(square(model.w)) - 10; }, {.start = 1e-3, .end = 1e3, .steps = 60});
  CHECK(rising.diverged);
  CHECK(rising.loss.back() > 0);
  CHECK(rising.smoothed.back() < 0);  // what ended the test does not bend the average
}

TEST_CASE("suggestions of curves whose answer is plain") {
  // Flat at 1 up to a rate of 1e-3, down a straight line to 0 at 1e-1, up again.
  LrRange range;
  for (int i = 0; i <= 60; ++i) {
    const double x = -5 + i / 12.0;
    range.lr.push_back(std::pow(10, x));
    const double bend = x < -2.2 ? 0.1 * (x + 2.2) * (x + 2.2) : 0;  // steepest in the middle
    range.smoothed.push_back(x < -3 ? 1 : x < -1 ? 1 - (x + 3) / 2 + 0.01 * bend : (x + 1) * 3);
  }
  range.loss = range.smoothed;
  CHECK(range.minimum_tenth() == Approx(1e-2));
  CHECK(range.valley() == Approx(1e-2).epsilon(0.15));
  CHECK(range.steepest() > 1e-3);
  CHECK(range.steepest() < 1e-1);
  // A step is where it falls most, whatever the spacing of the rates.
  LrRange step;
  for (const double lr : {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 2e-2, 3e-2}) step.lr.push_back(lr);
  step.smoothed = {5, 5, 5, 4.9, 3, 2.4, 2.5};
  CHECK(step.steepest() == 2e-2);
  CHECK(step.minimum_tenth() == 2e-3);
  CHECK(step.valley() == 1e-3);

  LrRange up{.lr = {1, 2, 3}, .loss = {1, 2, 3}, .smoothed = {1, 2, 3}};
  const std::string text =
      "lr_range_test: the loss did not fall at any of 3 rates; begin with smaller ones, or look at "
      "the model";
  CHECK(refusal([&] { up.steepest(); }) == text);
  CHECK(refusal([&] { up.valley(); }) == text);
  CHECK(refusal([&] { up.minimum_tenth(); }) == text);
  CHECK_THROWS_AS(LrRange().valley(), ValueError);
}

TEST_CASE("groups keep their ratios, loaders their passes, and a test can be repeated") {
  Net net(true);
  optim::AdamW adamw(net.table, {.lr = 0.1});
  adamw.add_group(net.out.parameters(), {.lr = 0.02});
  const Tensor ids = tensor({1, 2, 3, 4, 5, 6}, int64);
  train::DataLoader loader({ids}, {.batch_size = 2, .shuffle = true, .seed = 3});
  std::vector<double> rates;
  const auto loss = [&](const Tensor& rows) {
    CHECK(adamw.option("lr", 1) == Approx(adamw.option("lr", 0) / 5).epsilon(1e-14));
    rates.push_back(adamw.option("lr", 0));
    CHECK(net.is_training());
    CHECK(net.drop.is_training());
    return net.loss(rows);
  };
  net.eval();
  const LrRange first = train::lr_range_test(net, adamw, loader, loss, {.steps = 30});
  CHECK(loader.passes() == 0);
  CHECK(rates.size() == first.lr.size() + 1);
  CHECK(rates[5] == first.lr[4]);
  CHECK(adamw.option("lr", 1) == 0.02);
  CHECK(!net.is_training());
  const LrRange second = train::lr_range_test(net, adamw, loader, loss, {.steps = 30});
  CHECK(first.loss == second.loss);
}

TEST_CASE("what a range test refuses") {
  Slope model;
  optim::SGD sgd(model, {.lr = 0.1});
  Batches loader(2), none(0);
  const auto loss = [&] { return sum(square(model.w)); };
  const auto test = [&](LrRangeOptions o) {
    return refusal([&] { train::lr_range_test(model, sgd, loader, loss, o); });
  };
  CHECK(test({.start = 0}) == "lr_range_test: start must be positive, got 0");
  CHECK(test({.start = 1, .end = 0.5}) == "lr_range_test: end must be above start, got 0.5");
  CHECK(test({.end = INFINITY}) == "lr_range_test: end must be finite, got inf");
  CHECK(test({.steps = 1}) == "lr_range_test: steps must be at least 2, got 1");
  CHECK(test({.smoothing = 1}) == "lr_range_test: smoothing must lie in [0, 1), got 1");
  CHECK(test({.diverge = 1}) == "lr_range_test: diverge must be above 1, or 0, got 1");
  CHECK(refusal([&] { train::lr_range_test(model, sgd, none, loss); }) ==
        "lr_range_test: the loader gave no batch in a pass");
  CHECK(refusal([&] {
          train::lr_range_test(model, sgd, loader, [&] { return log(sum(-model.w)); });
        }) == "lr_range_test: the loss is nan before the first step");
  optim::SGD still(model, {.lr = 0});
  CHECK(refusal([&] { train::lr_range_test(model, still, loader, loss); }) ==
        "lr_range_test: the optimizer's lr is 0, and rates of groups are in proportion to it");
  CHECK(model.w.item() == 1);
  CHECK(!model.w.grad().defined());
}

TEST_CASE("a range test as a picture") {
  Slope model;
  optim::SGD sgd(model, {.lr = 1});
  Batches loader(5);
  const LrRange range =
      train::lr_range_test(model, sgd, loader, [&] { return sum(square(model.w)); },
                           {.start = 1e-4, .end = 1e3, .steps = 60});
  const auto curves = train::lr_range_curves(range);
  REQUIRE(curves.size() == 5);
  CHECK_THAT(curves[3].name, StartsWith("valley: "));
  CHECK(curves[3].x[0] == range.valley());
  for (const train::Curve& curve : curves)
    for (const double y : curve.y) CHECK(!(y > 1));
  // Where nothing falls there is nothing to suggest.
  CHECK(train::lr_range_curves({.lr = {1, 2}, .loss = {1, 2}, .smoothed = {1, 2}}).size() == 2);

  const auto folder =
      std::filesystem::temp_directory_path() / ("cinta_lr_range_" + std::to_string(getpid()));
  std::filesystem::create_directories(folder);
  for (const std::string name : {"range.png", "range.svg"}) {
    const std::string path = folder / name;
    try {
      train::plot_lr_range(path, range);
    } catch (const IoError& error) {
      CHECK(std::string(error.what()) == path + ": gnuplot is not installed");
      continue;
    }
    std::ifstream file(path, std::ios::binary);
    std::string begin(5, ' ');
    file.read(begin.data(), 5);
    CHECK(begin == (name.ends_with("svg") ? "<?xml" : "\x89PNG\r"));
  }
  std::filesystem::remove_all(folder);
}
