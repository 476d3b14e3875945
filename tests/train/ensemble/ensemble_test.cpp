// train: ensembles besides plain bagging.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/train/data/data_loader.hpp>
#include <cinta/train/ensemble/bagging.hpp>
#include <cinta/train/ensemble/dropout_draws.hpp>
#include <cinta/train/ensemble/snapshots.hpp>
#include <cinta/train/ensemble/voting.hpp>
#include <cinta/train/fit.hpp>
#include <cmath>
#include <mutex>
#include <set>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

/// A member that says which columns and how many rows it was given.
auto adder(std::int64_t rows, const BaggingOptions& options) {
  return bag(
      rows,
      [](const Rows& sample, const Rows& features, int member) {
        return [=](const Tensor& x) {
          Tensor total = zeros({x.shape()[0]});
          for (const auto feature : features) total = total + select(x, 1, feature);
          return total + double(sample.size()) * 0 + member * 0.0;
        };
      },
      options);
}

std::vector<double> numbers(const Tensor& x) { return to(x, float64).to_vector<double>(); }

/// Least squares with a ridge, by gradient steps: enough for a linear function.
Learner linear(std::int64_t column, std::mutex& mutex, std::vector<std::int64_t>& seen) {
  return [column, &mutex, &seen](const Tensor& x, const Tensor& y, std::uint64_t) -> Predictor {
    {
      const std::lock_guard lock(mutex);
      seen.push_back(x.shape()[0]);
    }
    const Tensor a = column < 0 ? x : slice(x, 1, column, column + 1);
    Tensor w = zeros({a.shape()[1], 1}, float64).requires_grad_();
    optim::Adam optimizer({w}, {.lr = 0.1});
    for (int step = 0; step < 400; ++step) {
      optimizer.zero_grad();
      mean(square(matmul(a, w) - y)).backward();
      optimizer.step();
    }
    return [w = w.detach(), column](const Tensor& rows) {
      return matmul(column < 0 ? rows : slice(rows, 1, column, column + 1), w);
    };
  };
}

}  // namespace

TEST_CASE("bagging: rows and columns, with and without replacement") {
  const auto subspaces = adder(
      50, {.members = 30, .seed = 2, .replacement = false, .features = 8, .feature_sample = 3});
  std::set<Rows> columns;
  for (std::size_t i = 0; i < 30; ++i) {
    CHECK(subspaces.sample(i).size() == 50);
    CHECK(std::set(subspaces.sample(i).begin(), subspaces.sample(i).end()).size() == 50);
    const Rows& own = subspaces.features(i);
    CHECK(std::set(own.begin(), own.end()).size() == 3);
    CHECK((own.front() >= 0 && own.back() < 8));
    columns.insert(own);
  }
  CHECK(columns.size() > 15);
  // The mean over members of sums over 3 of 8 ones.
  CHECK(numbers(subspaces.predict(Combining::mean, ones({2, 8})))[0] == Approx(3));
  CHECK(subspaces.out_of_bag(Combining::mean, ones({50, 8})).rows.empty());

  const auto half = adder(50, {.members = 20,
                               .sample_size = 25,
                               .replacement = false,
                               .features = 4,
                               .feature_replacement = true});
  bool repeated = false;
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(std::set(half.sample(i).begin(), half.sample(i).end()).size() == 25);
    CHECK(half.features(i).size() == 4);
    repeated = repeated || std::set(half.features(i).begin(), half.features(i).end()).size() < 4;
  }
  CHECK(repeated);
  CHECK(half.out_of_bag(Combining::mean, ones({50, 4})).rows.size() == 50);

  CHECK(error_of([] { adder(5, {.sample_size = 6, .replacement = false}); }) ==
        "bag: sample_size is 6, without replacement there are 5");
  CHECK(error_of([] { adder(5, {.features = 3, .feature_sample = 4}); }) ==
        "bag: feature_sample is 4, without replacement there are 3");
  CHECK(error_of([] { adder(5, {.feature_sample = 2}); }) ==
        "bag: feature_sample needs features, the number that there are");
}

TEST_CASE("bagging: more members later are those of one training, and the out-of-bag curve") {
  const auto fit = [](const Rows& sample, int) {
    const double draw = rand({1}).item();  // from the member's own generator
    return [mean = double(sample[0]) + draw](const Tensor& x) { return x * 0 + mean; };
  };
  const BaggingOptions five{.members = 5, .seed = 4};
  auto warm = bag(20, fit, five);
  warm.extend(3, fit);
  const auto whole = bag(20, fit, {.members = 8, .seed = 4});
  REQUIRE(warm.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(warm.sample(i) == whole.sample(i));
    CHECK(numbers(warm.member(i)(zeros({1}))) == numbers(whole.member(i)(zeros({1}))));
  }
  const auto curve = whole.out_of_bag_curve(
      Combining::mean, [](const OutOfBag& seen) { return double(seen.rows.size()); }, zeros({20}));
  REQUIRE(curve.size() == 8);
  CHECK(std::is_sorted(curve.begin(), curve.end()));
  CHECK(curve[0] < 14);
  CHECK(curve[7] == double(whole.out_of_bag(Combining::mean, zeros({20})).rows.size()));
  const auto all_rows = bag(20, fit, {.members = 2, .replacement = false});
  CHECK(std::isnan(all_rows.out_of_bag_curve(
      Combining::mean, [](const OutOfBag&) { return 1.0; }, zeros({20}))[1]));
}

TEST_CASE("bagging: the out-of-bag curve of many members takes a time that grows with them") {
  const auto fit = [](const Rows&, int) { return [](const Tensor& x) { return x; }; };
  const auto seconds_of = [&](int members) {
    const auto ensemble = bag(500, fit, {.members = members, .threads = 1});
    const auto start = std::chrono::steady_clock::now();
    ensemble.out_of_bag_curve(
        Combining::mean, [](const OutOfBag& seen) { return sum(seen.combined).item(); },
        ones({500}));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  // All members added anew for each point took 256 times as long as a sixteenth of them.
  const double few = seconds_of(100);
  CHECK(seconds_of(1600) < 60 * few + 0.2);
}

TEST_CASE("vote: means and votes, with weights") {
  const Tensor a = from_data(std::vector<float>{0.6f, 0.4f, 0.1f, 0.9f}, {2, 2}),
               b = from_data(std::vector<float>{0.2f, 0.8f, 0.2f, 0.8f}, {2, 2}),
               c = from_data(std::vector<float>{0.7f, 0.3f, 0.4f, 0.6f}, {2, 2});
  CHECK(numbers(vote({a, b, c}))[0] == Approx(0.5));
  CHECK(numbers(vote({a, b, c}, Combining::vote))[0] == Approx(2. / 3));
  CHECK(numbers(vote({a, b, c}, Combining::vote, {1, 3, 0}))[0] == Approx(0.25));
  CHECK(numbers(vote({a, b}, Combining::mean, {3, 1}))[2] == Approx(0.125));
  // A model that has diverged is not one for class 0.
  const Tensor nan = from_data(std::vector<float>{NAN, NAN, 0.3f, 0.7f}, {2, 2});
  const auto said = numbers(vote({a, nan}, Combining::vote));
  CHECK(std::isnan(said[0]));
  CHECK(std::isnan(said[1]));
  CHECK(said[3] == 1);
  CHECK_THROWS_AS(vote({}), ValueError);
  CHECK_THROWS_AS(vote({a}, Combining::mean, {0}), ValueError);
  CHECK_THROWS_AS(vote({a}, Combining::mean, {1, 1}), ValueError);
  // Shares of an infinite sum would be 0, and so would what they say.
  CHECK_THROWS_AS(vote({a, b}, Combining::mean, {1e308, 1e308}), ValueError);
  CHECK_THROWS_AS(vote({a, zeros({2})}), ShapeError);
  CHECK_THROWS_AS(vote({zeros({2})}, Combining::vote), ShapeError);
}

TEST_CASE("stacking: no row is predicted by a model that has seen it") {
  manual_seed(5);
  const Tensor x = randn({60, 3}, float64);
  const Tensor y = slice(x, 1, 0, 1) * 2 - slice(x, 1, 2, 3);
  const Folds folds = k_fold(60, 4, 1);
  // Learns each row's target by heart, which leaves nothing to say of others.
  const Learner by_heart = [](const Tensor& rows, const Tensor& targets,
                              std::uint64_t) -> Predictor {
    return [known = numbers(rows), truth = numbers(targets)](const Tensor& asked) {
      const auto values = numbers(asked);
      std::vector<double> out;
      for (std::size_t i = 0; i < values.size(); i += 3) {
        double said = 0;
        for (std::size_t j = 0; j < known.size(); j += 3)
          if (known[j] == values[i]) said = truth[j / 3];
        out.push_back(said);
      }
      return from_data(out, {std::int64_t(out.size())});
    };
  };
  CHECK(numbers(cross_val_predict(x, y, folds, by_heart)) == std::vector<double>(60, 0.0));
  CHECK(numbers(by_heart(x, y, 0)(x)) == numbers(y));

  std::mutex mutex;
  std::vector<std::int64_t> seen;
  const std::vector<Learner> learners{linear(0, mutex, seen), linear(2, mutex, seen), by_heart};
  const Stacking stacked(x, y, folds, learners, linear(-1, mutex, seen));
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::int64_t>{45, 45, 45, 45, 45, 45, 45, 45, 60, 60, 60});
  // Each linear part knows one feature; together they know the function, and the third is not
  // trusted.
  const Tensor other = randn({200, 3}, float64);
  const Tensor truth = slice(other, 1, 0, 1) * 2 - slice(other, 1, 2, 3);
  CHECK(mean(square(stacked(other) - truth)).item() < 0.1);
  CHECK(mean(square(learners[0](x, y, 0)(other) - truth)).item() > 0.5);
  const auto text = error_of([&] { cross_val_predict(x, y, {folds[0]}, by_heart); });
  CHECK(text == "cross_val_predict: the folds validate 15 of 60 rows");
  const auto refusal = [&](const Tensor& inputs, const Tensor& targets, const Folds& of,
                           const Learner& learner) {
    return error_of([&] { cross_val_predict(inputs, targets, of, learner, {.threads = 1}); });
  };
  CHECK_THAT(refusal(Tensor(), y, folds, by_heart),
             StartsWith("cross_val_predict: input 0 is an undefined tensor"));
  CHECK(refusal(ones({}), y, folds, by_heart) ==
        "cross_val_predict: x is () and y (60, 1), not as many rows");
  CHECK(refusal(x, slice(y, 0, 0, 59), folds, by_heart) ==
        "cross_val_predict: x is (60, 3) and y (59, 1), not as many rows");
  CHECK(refusal(x, y, {}, by_heart) == "cross_val_predict: no folds");
  CHECK(refusal(x, y, {{{0}, {5}}, {{0}, {5}}}, by_heart) ==
        "cross_val_predict: the folds validate row 5 twice");
  CHECK(refusal(x, y, {{{0, 77}, {5}}}, by_heart) ==
        "cross_val_predict: row 77 is none of the 60 rows");
  CHECK(refusal(x, y, {{{0}, {-1}}}, by_heart) ==
        "cross_val_predict: row -1 is none of the 60 rows");
  std::int64_t calls = 0;
  const Learner wider = [&](const Tensor&, const Tensor&, std::uint64_t) {
    return [width = ++calls](const Tensor& in) { return ones({in.size(0), width}); };
  };
  CHECK_THAT(refusal(x, y, folds, wider),
             StartsWith("cross_val_predict: (15, 1) and (15, 2) differ outside axis 0"));
  const Learner number = [](const Tensor&, const Tensor&, std::uint64_t) {
    return [](const Tensor& in) { return sum(in); };
  };
  CHECK(refusal(x, y, folds, number) ==
        "cross_val_predict: a learner's output is (), not (15, columns)");
  CHECK_THROWS_AS(Stacking(x, y, folds, {}, by_heart), ValueError);
}

TEST_CASE("snapshots: the weights at the end of each cycle") {
  struct Line : nn::Module {
    Tensor w = add("w", zeros({1}, float64));
  };
  Line net;
  optim::SGD optimizer(net, {.lr = 0.1});
  DataLoader loader({ones({4, 1}, float64)}, {.batch_size = 4});
  Snapshots snapshots(net);
  CHECK_THROWS_WITH(snapshots.predict(Combining::mean, [&] { return net.w; }),
                    "Snapshots: none was taken");
  std::vector<double> weights;
  fit(
      net, optimizer, loader, [&](const Tensor& x) { return mean(square(net.w * x - 1)); },
      [&] {
        weights.push_back(net.w.item());
        return 1.0;
      },
      {.epochs = 6, .keep_best = false, .callbacks = {snapshots.every(3)}});
  CHECK(snapshots.size() == 2);
  CHECK(snapshots.predict(Combining::mean, [&] { return net.w * 1; }).item() ==
        Approx((weights[2] + weights[5]) / 2));
  CHECK(net.w.item() == weights[5]);
  CHECK_THROWS_AS(snapshots.predict(Combining::mean, []() -> Tensor { throw ValueError("no"); }),
                  ValueError);
  CHECK(net.w.item() == weights[5]);
  CHECK_THROWS_AS(snapshots.every(0), ValueError);
}

TEST_CASE("dropout draws: only dropout is in training mode, and the modes come back") {
  struct Net : nn::Module {
    nn::Dropout drop = add("drop", nn::Dropout(0.5));
    nn::Dropout other = add("other", nn::Dropout(0.5));
  };
  Net net;
  net.other.eval();
  manual_seed(1);
  const Tensor x = ones({1, 2000});
  const DropoutDraws draws = dropout_draws(net, {net.drop}, 200, [&] {
    CHECK_FALSE(net.other.is_training());
    CHECK_FALSE(GradMode::enabled());
    return net.drop(x);
  });
  CHECK(net.drop.is_training());
  CHECK_FALSE(net.other.is_training());
  CHECK(draws.outputs.shape() == Shape{200, 1, 2000});
  CHECK(mean(draws.mean).item() == Approx(1).epsilon(0.02));
  CHECK(mean(draws.std).item() == Approx(1).epsilon(0.02));  // 0 or 2
  // One row that all draws agree on without being sure, one on which they differ.
  DropoutDraws said;
  said.outputs = from_data(std::vector<double>{0.5, 0.5, 1, 0, 0.5, 0.5, 0, 1}, {2, 2, 2});
  said.mean = mean(said.outputs, 0);
  CHECK(numbers(said.entropy())[0] == Approx(std::log(2)));
  CHECK(numbers(said.entropy())[1] == Approx(std::log(2)));
  CHECK(numbers(said.information())[0] == Approx(0).margin(1e-12));
  CHECK(numbers(said.information())[1] == Approx(std::log(2)));
  CHECK_THROWS_AS(dropout_draws(net, {net.drop}, 1, [&] { return x; }), ValueError);
  CHECK_THROWS_AS(dropout_draws(net, {}, 5, [&] { return x; }), ValueError);
}

TEST_CASE("ensembles refuse empty functions") {
  const auto refuses = [&](auto&& f, const std::string& text) {
    CHECK(error_of(f).starts_with(text + " is an empty function; give one that can be called"));
  };
  const Tensor x = ones({2, 1}), y = ones({2});
  const Folds folds = {{.train = {0}, .validation = {1}}, {.train = {1}, .validation = {0}}};
  const Learner none = [](auto&&...) { return Predictor(); };
  const nn::Linear net(1, 1);
  const nn::Dropout drop;
  refuses([&] { cross_val_predict(x, y, folds, {}); }, "cross_val_predict: learner");
  refuses([&] { cross_val_predict(x, y, folds, none); },
          "cross_val_predict: what a learner returned");
  refuses([&] { Stacking(x, y, folds, {none}, {}); }, "Stacking: final");
  refuses([&] { dropout_draws(net, {drop}, 2, {}); }, "dropout_draws: f");
  refuses([&] { Snapshots(net).predict(Combining::mean, {}); }, "Snapshots: f");
  refuses([&] { bag(2, std::function<nn::Linear(const Rows&, int)>()); }, "Bagging: fit");
}
