// train/curves: scores over rows, hyperparameters and epochs, and what they say.

#include <algorithm>
#include <cinta/cinta.hpp>
#include <cinta/io/text.hpp>
#include <cinta/train/curves/cross_validation.hpp>
#include <cinta/train/curves/diagnosis.hpp>
#include <cinta/train/curves/importance.hpp>
#include <cinta/train/curves/path.hpp>
#include <cinta/train/data/split/split.hpp>
#include <cinta/train/report/curve_plot.hpp>
#include <cinta/train/report/svg_chart.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <sstream>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

std::string picture(const std::vector<Curve>& curves, const PlotOptions& options = {}) {
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("cinta_picture_" + std::to_string(getpid()) + ".svg"))
                               .string();
  plot_svg(path, curves, options);
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  std::filesystem::remove(path);
  return text.str();
}

}  // namespace

TEST_CASE("band: Student's interval of a mean, wider for runs that share rows") {
  // scipy.stats.t.interval(0.95, 3, 2.5, scipy.stats.sem([1, 2, 3, 4]))
  const Band band = band_of({1, 2, 3, 4});
  CHECK(band.mean == 2.5);
  CHECK(band.std == Approx(std::sqrt(5. / 3)));
  CHECK(band.low == Approx(0.44573974323947924).epsilon(1e-12));
  CHECK(band.high == Approx(4.554260256760521).epsilon(1e-12));
  // tan(0.475 pi), and scipy.stats.t.ppf of 0.995 with 7 and 0.95 with 1000 degrees of freedom.
  CHECK(band_of({-1, 1}).high == Approx(12.706204736174694).epsilon(1e-12));
  const double std = band_of({1, 2, 3, 4, 5, 6, 7, 8}).std;
  CHECK(band_of({1, 2, 3, 4, 5, 6, 7, 8}, 0.99).high - 4.5 ==
        Approx(3.4994832973505026 * std / std::sqrt(8)).epsilon(1e-11));
  std::vector<double> many(1001);
  std::iota(many.begin(), many.end(), 0.0);
  const Band wide = band_of(many, 0.9);
  CHECK((wide.high - wide.mean) / (wide.std / std::sqrt(1001)) ==
        Approx(1.6463788172854639).epsilon(1e-11));
  const Band shared = band_of({1, 2, 3, 4}, 0.95, 0.25);
  CHECK(shared.high - 2.5 == Approx((band.high - 2.5) * std::sqrt(2)));
  CHECK(band_of({3}).high == HUGE_VAL);
  CHECK(band_of({3, 3}).low == 3);
  CHECK_THROWS_AS(band_of({}), ValueError);
  CHECK_THROWS_AS(band_of({1, NAN}), ValueError);
  CHECK_THROWS_AS(band_of({1, 2}, 1), ValueError);
}

TEST_CASE("learning curve: nested subsets, the same validation rows, classes in each") {
  // Sorted labels, of which the first rows are one class.
  std::vector<std::int64_t> labels;
  for (int i = 0; i < 200; ++i) labels.push_back(i < 160 ? 0 : i < 190 ? 1 : 2);
  const Folds folds = stratified_k_fold(labels, 4, 1);
  std::map<std::vector<std::int64_t>, std::vector<Rows>> seen;  // by validation rows
  std::mutex mutex;
  LearningCurveOptions options;
  options.labels = labels;
  options.shares = {1, 0.02, 0.1, 0.5};
  options.seed = 3;
  std::set<std::uint64_t> seeds;
  const auto train = [&](const Rows& rows, const Rows& validation, std::uint64_t seed) {
    const std::lock_guard lock(mutex);
    seen[validation].push_back(rows);
    seeds.insert(seed);
    return Scores{double(rows.size()), rand({1}, float64).item()};
  };
  const ScoreCurve curve = learning_curve(folds, train, options);
  CHECK(curve.over == "training rows");
  CHECK(curve.x == std::vector<double>{150, 3, 15, 75});
  CHECK(curve.overlap == Approx(1. / 3));
  CHECK(seeds.size() == 4);
  CHECK(seen.size() == 4);
  for (auto& [validation, subsets] : seen) {
    std::sort(subsets.begin(), subsets.end(),
              [](const Rows& a, const Rows& b) { return a.size() < b.size(); });
    REQUIRE(subsets.size() == 4);
    check_classes_present(subsets, labels);
    for (std::size_t i = 0; i + 1 < 4; ++i)
      CHECK(std::includes(subsets[i + 1].begin(), subsets[i + 1].end(), subsets[i].begin(),
                          subsets[i].end()));
    CHECK(std::abs(std::count_if(subsets[1].begin(), subsets[1].end(),
                                 [&](auto row) { return labels[std::size_t(row)] == 0; }) -
                   12) <= 1);
  }
  // The same, random numbers of the runs too, in one thread.
  options.threads = 1;
  const ScoreCurve one = learning_curve(folds, train, options);
  for (std::size_t i = 0; i < 4; ++i) CHECK(one.validation(i) == curve.validation(i));
  CHECK(one.train(2) == std::vector<double>{15, 15, 15, 15});

  options.shares = {0.01};
  CHECK(error_of([&] { learning_curve(folds, train, options); }) ==
        "learning_curve: 2 rows, too few for 3 classes");
  options.shares = {1.5};
  CHECK(error_of([&] { learning_curve(folds, train, options); }) ==
        "learning_curve: share 1.500000 of the training rows is not in (0, 1]");
  CHECK(error_of([&] { learning_curve({}, train); }) == "learning_curve: no folds");
  options.shares = {1};
  options.labels.resize(199);
  CHECK(error_of([&] { learning_curve(folds, train, options); }) ==
        "learning_curve: row 199 has no label, there are 199");
}

TEST_CASE("validation curve and its best point; epochs") {
  const Folds folds = k_fold(20, 5, 1);
  const ScoreCurve curve = validation_curve(
      "l2", {0.1, 1, 10}, folds, [](double l2, const Rows&, const Rows& validation, std::uint64_t) {
        return Scores{0, (l2 - 2) * (l2 - 2) + double(validation[0]) / 100};
      });
  CHECK(curve.best(false) == 1);
  CHECK(curve.best(true) == 2);
  CHECK(curve.over == "l2");

  std::vector<EpochRecord> first, second;
  for (int epoch = 1; epoch <= 3; ++epoch) {
    first.push_back({.epoch = epoch, .train_loss = 1. / epoch, .figures = {{"loss", 2. / epoch}}});
    second.push_back({.epoch = epoch, .train_loss = 3. / epoch, .figures = {{"loss", 4. / epoch}}});
  }
  second.pop_back();
  const ScoreCurve epochs = epoch_curve({first, second}, "train_loss", "loss");
  CHECK(epochs.x == std::vector<double>{1, 2});
  CHECK(epochs.train(1) == std::vector<double>{0.5, 1.5});
  CHECK(epochs.validation(0) == std::vector<double>{2, 4});
  CHECK(error_of([&] { epoch_curve({first}, "train_loss", "auc"); }) ==
        "epoch_curve: epoch 1 has no figure \"auc\"");
}

TEST_CASE("diagnosis: three classes, the gaps and how sure they are") {
  const DiagnosisOptions options{.ideal = 0.95};
  const auto runs = [](double train, double validation, double noise) {
    std::vector<Scores> all;
    for (int i = -2; i <= 2; ++i) all.push_back({train + noise * i, validation - noise * i});
    return all;
  };
  const Diagnosis under = diagnose(runs(0.7, 0.69, 0.001), options);
  CHECK(under.verdict == Verdict::underfitting);
  CHECK(under.ideal_gap.mean == Approx(0.25));
  CHECK(under.validation_gap.mean == Approx(0.01));
  CHECK(under.certain);
  CHECK(under.advice.find("more complex model") != std::string::npos);
  CHECK(under.text.find("underfitting\n") == 0);
  const Diagnosis over = diagnose(runs(1, 0.8, 0.001), options);
  CHECK(over.verdict == Verdict::overfitting);
  CHECK(over.advice.find("regularization") != std::string::npos);
  const Diagnosis good = diagnose(runs(0.94, 0.92, 0.001), options);
  CHECK(good.verdict == Verdict::good_fit);
  CHECK(good.certain);
  CHECK_FALSE(diagnose(runs(0.94, 0.92, 0.03), options).certain);
  CHECK_FALSE(diagnose(std::vector<Scores>{{0.94, 0.92}}, options).certain);
  // Both are large: the larger one decides.
  CHECK(diagnose(runs(0.7, 0.6, 0), options).verdict == Verdict::underfitting);
  CHECK(diagnose(runs(0.88, 0.5, 0), options).verdict == Verdict::overfitting);
  // Losses: less is better.
  const DiagnosisOptions losses{
      .ideal = 0.2, .maximize = false, .ideal_tolerance = 0.1, .validation_tolerance = 0.1};
  CHECK(diagnose(runs(1, 1, 0), losses).verdict == Verdict::underfitting);
  CHECK(diagnose(runs(0.1, 0.9, 0), losses).verdict == Verdict::overfitting);
  CHECK(diagnose(runs(0.22, 0.25, 0), losses).verdict == Verdict::good_fit);
  CHECK(diagnose(runs(0.1, 0.9, 0), losses).validation_gap.mean == Approx(0.8));

  ScoreCurve curve{"training rows", {300, 100, 200}, {}, 0};
  for (const double validation : {0.8, 0.5, 0.7})
    curve.scores.push_back(runs(1, validation, 0.001));
  const Diagnosis more = diagnose(curve, options);
  CHECK(more.verdict == Verdict::overfitting);
  CHECK(more.validation_gap.mean == Approx(0.2));
  CHECK(more.more_data_helps);
  CHECK(more.text.find("more data, which the curve says still helps") != std::string::npos);
  curve.scores[2] = curve.scores[0];
  CHECK_FALSE(diagnose(curve, options).more_data_helps);
  CHECK_THROWS_AS(diagnose(std::vector<Scores>{}, options), ValueError);
  CHECK_THROWS_AS(diagnose(std::vector<Scores>{{NAN, 1}}, options), ValueError);
}

namespace {

/// Rows of noise, and the nearest of two classes' means by the `few` features that go best along
/// with the labels.
struct Noise {
  static constexpr std::size_t features = 300;
  std::vector<std::vector<double>> x;
  std::vector<std::int64_t> labels;

  Noise(std::size_t rows, std::uint64_t seed) {
    auto generator = make_generator(seed);
    for (std::size_t i = 0; i < rows; ++i) {
      x.emplace_back();
      for (std::size_t j = 0; j < features; ++j)
        x[i].push_back(double(generator() >> 11) * 0x1p-53 - 0.5);
      labels.push_back(std::int64_t(i % 2));
    }
  }

  std::vector<double> difference(const Rows& rows) const {
    std::vector<double> sums(features);
    for (const auto row : rows)
      for (std::size_t j = 0; j < features; ++j)
        sums[j] += (labels[std::size_t(row)] ? 1 : -1) * x[std::size_t(row)][j];
    return sums;
  }
  std::vector<std::size_t> select(const Rows& rows, std::size_t few) const {
    const auto strength = difference(rows);
    std::vector<std::size_t> order(features);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return std::abs(strength[a]) > std::abs(strength[b]); });
    order.resize(few);
    return order;
  }
  double accuracy(const Rows& rows, const std::vector<double>& weights,
                  const std::vector<std::size_t>& columns) const {
    double right = 0;
    for (const auto row : rows) {
      double score = 0;
      for (const auto j : columns) score += weights[j] * x[std::size_t(row)][j];
      right += (score > 0) == (labels[std::size_t(row)] == 1);
    }
    return right / double(rows.size());
  }
};

}  // namespace

TEST_CASE("diagnosis: one run has no interval, which is said in words") {
  const Diagnosis found = diagnose({Scores{0.97, 0.9}});
  CHECK_FALSE(found.certain);
  CHECK(found.text.find("inf") == std::string::npos);
  CHECK(found.text.find("0.03 (one run, which has no interval), small beside 0.05") !=
        std::string::npos);
}

TEST_CASE("cross-validation of noise gives chance, unless features were chosen on all rows") {
  const Noise noise(100, 7);
  Rows all(100);
  std::iota(all.begin(), all.end(), 0);
  const auto seen_before = noise.select(all, 10);
  const Folds folds =
      repeated(10, 1, [&](auto seed) { return stratified_k_fold(noise.labels, 5, seed); });
  const auto run = [&](bool inside) {
    return cross_validate(folds, [&](const Rows& train, const Rows& validation, std::uint64_t) {
      const auto columns = inside ? noise.select(train, 10) : seen_before;
      const auto weights = noise.difference(train);
      return Scores{noise.accuracy(train, weights, columns),
                    noise.accuracy(validation, weights, columns)};
    });
  };
  const CrossValidation honest = run(true), biased = run(false);
  CHECK(honest.scores.size() == 50);
  CHECK(std::abs(honest.validation.mean - 0.5) < 0.1);
  CHECK(honest.validation.low < 0.5);
  CHECK(honest.validation.high > 0.5);
  CHECK(honest.train.mean > 0.75);
  CHECK(biased.validation.low > 0.6);

  // Choosing the best of many by the same folds is too good too; nested folds are not.
  const auto candidate_of = [](const Noise& data) {
    return [&data](std::size_t number, const Rows& train, const Rows& validation, std::uint64_t) {
      const std::vector<std::size_t> columns{number};
      const auto weights = data.difference(train);
      return Scores{data.accuracy(train, weights, columns),
                    data.accuracy(validation, weights, columns)};
    };
  };
  double best_by_folds = 0, best_by_nested = 0;
  constexpr int samples = 8;
  for (std::uint64_t seed = 0; seed < samples; ++seed) {
    const Noise data(100, 100 + seed);
    const auto candidate = candidate_of(data);
    const Folds outer = stratified_k_fold(data.labels, 5, 2);
    double best = 0;
    for (std::size_t number = 0; number < 60; ++number)
      best = std::max(best, cross_validate(outer, [&](const Rows& a, const Rows& b, auto own) {
                              return candidate(number, a, b, own);
                            }).validation.mean);
    const NestedCrossValidation nested = nested_cross_validate(
        outer, 60,
        [&](const Rows& rows, std::uint64_t own) {
          return k_fold(std::int64_t(rows.size()), 4, own);
        },
        candidate, true);
    CHECK(nested.scores.size() == 5);
    best_by_folds += best / samples;
    best_by_nested += nested.validation.mean / samples;
  }
  CHECK(best_by_folds > 0.6);
  CHECK(std::abs(best_by_nested - 0.5) < 0.07);  // 800 rows: four standard errors
  const Folds outer = stratified_k_fold(noise.labels, 5, 2);
  const auto candidate = candidate_of(noise);
  CHECK(error_of([&] {
          nested_cross_validate(
              outer, 2,
              [](const Rows&, auto) {
                return Folds{{{99}, {0}}};
              },
              candidate, true);
        }) == "nested_cross_validate: an inner fold has position 99 of 80 rows");

  // And a permutation test of the honest score finds nothing, of a real one something.
  const auto score_of = [&](bool real) {
    return permutation_test(100, 99, true, [&, real](const Rows& order) {
      double right = 0;
      for (std::size_t i = 0; i < 100; ++i)
        right += (real ? noise.labels[i] == noise.labels[std::size_t(order[i])]
                       : (noise.x[i][0] > 0) == (noise.labels[std::size_t(order[i])] == 1));
      return right;
    });
  };
  CHECK(score_of(true).p == 0.01);
  CHECK(score_of(false).p > 0.05);
  CHECK(score_of(false).permuted.size() == 99);
  CHECK(error_of([] { permutation_test(-1, 9, true, [](const Rows&) { return 0.0; }); }) ==
        "permutation_test: rows must not be negative, got -1");
}

TEST_CASE("permutation importance and partial dependence") {
  manual_seed(2);
  // y = 3 a + b b, and c is nothing.
  const Tensor x = randn({400, 3}, float64);
  const auto column = [](const Tensor& rows, std::int64_t i) { return slice(rows, 1, i, i + 1); };
  const auto predict = [&](const Tensor& rows) {
    return column(rows, 0) * 3 + square(column(rows, 1));
  };
  const Tensor y = predict(x);
  const auto error = [&](const Tensor& rows) { return mean(square(predict(rows) - y)).item(); };
  const auto bands = permutation_importance(x, error, {.maximize = false});
  REQUIRE(bands.size() == 3);
  CHECK(bands[0].mean == Approx(18).epsilon(0.15));  // 2 * variance of 3 a
  CHECK(bands[1].mean == Approx(4).epsilon(0.3));    // 2 * variance of b b
  CHECK(bands[2].mean == 0);
  const auto together =
      permutation_importance(x, error, {.maximize = false, .groups = {{0, 1}, {2}}});
  CHECK(together[0].mean == Approx(22).epsilon(0.2));
  CHECK(permutation_importance(x, error, {.maximize = false})[0].mean == bands[0].mean);

  const PartialDependence linear = partial_dependence(x, 0, predict, {-1, 0, 2});
  const double level = mean(square(column(x, 1))).item();
  for (std::size_t i = 0; i < 3; ++i) CHECK(linear.mean[i] == Approx(3 * linear.values[i] + level));
  const PartialDependence curved = partial_dependence(x, 1, predict);
  CHECK(curved.values.size() == 20);
  CHECK(std::is_sorted(curved.values.begin(), curved.values.end()));
  const double a = mean(column(x, 0)).item();
  for (std::size_t i = 0; i < 20; ++i)
    CHECK(curved.mean[i] == Approx(3 * a + curved.values[i] * curved.values[i]));
  CHECK(partial_dependence(x, 2, predict).std[3] == Approx(std::sqrt(var(y).item() * 399 / 400)));
  CHECK_THROWS_AS(partial_dependence(x, 3, predict), IndexError);
  CHECK_THROWS_AS(permutation_importance(zeros({3}), error), ShapeError);
}

TEST_CASE("regularization path: warm starts end where cold ones do, in fewer steps") {
  manual_seed(1);
  struct Line : nn::Module {
    nn::Linear layer = add("layer", nn::Linear(5, 1, {.bias = false, .dtype = float64}));
  };
  const Tensor x = randn({60, 5}, float64), y = sum(x, 1, keepdims) + randn({60, 1}, float64);
  const auto run = [&](bool warm, int& steps) {
    Line net;
    copy_(net.layer.weight.detach(), zeros({1, 5}, float64));
    return regularization_path(
        net, log_spaced(100, 0.01, 9),
        [&](double l2) {
          optim::SGD optimizer(net, {.lr = 0.9 / (8 + l2)});
          double loss = 0;
          for (;; ++steps) {
            optimizer.zero_grad();
            const Tensor value = mse_loss(net.layer(x), y) + l2 / 2 * sum(square(net.layer.weight));
            value.backward();
            loss = value.item();
            if (sum(square(net.layer.weight.grad())).item() < 1e-20) break;
            optimizer.step();
          }
          return Scores{loss, 0};
        },
        warm);
  };
  int warm_steps = 0, cold_steps = 0;
  const auto warm = run(true, warm_steps), cold = run(false, cold_steps);
  REQUIRE(warm.size() == 9);
  CHECK(warm_steps < cold_steps);
  double before = 0;
  for (std::size_t i = 0; i < 9; ++i) {
    const auto a = warm[i].state[0].second.to_vector<double>(),
               b = cold[i].state[0].second.to_vector<double>();
    double norm = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      CHECK(a[j] == Approx(b[j]).epsilon(1e-7));
      norm += a[j] * a[j];
    }
    CHECK(norm > before);
    before = norm;
  }
  CHECK(warm.front().strength == 100);
  CHECK(warm.back().strength == 0.01);
  Line again;
  again.load_state_dict(warm[4].state);
  CHECK(again.layer.weight.to_vector<double>() == warm[4].state[0].second.to_vector<double>());
  CHECK(curve_of(warm, "l2").x[4] == Approx(1));
  CHECK_THROWS_AS(log_spaced(0, 1, 3), ValueError);
  CHECK_THROWS_AS(regularization_path(again, {}, [](double) { return Scores(); }), ValueError);
}

TEST_CASE("curves of scores as pictures, with bands") {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) SKIP_TEST("no gnuplot");
  const ScoreCurve curve{"training rows", {10, 20}, {{{1, 0.5}, {0.9, 0.6}}, {{1, 0.8}, {1, 0.7}}}};
  const auto lines = score_curves(curve, 0.95);
  REQUIRE(lines.size() == 3);
  CHECK(lines[1].y[0] == Approx(0.55));
  CHECK(lines[1].low[0] < 0.55);
  const std::string path = (std::filesystem::temp_directory_path() /
                            ("cinta_curve_" + std::to_string(getpid()) + ".svg"))
                               .string();
  plot_score_curve(path, curve, 0.95);
  CHECK(std::filesystem::file_size(path) > 1000);
  std::filesystem::remove(path);
  CHECK(error_of([&] {
          plot_svg(path, {{.y = {1, 2}, .low = {1}, .high = {1}}});
        }) == "plot_svg: curve '' has 2 y but a band of 1 and 1");
}

TEST_CASE("pictures are UTF-8 and XML, whatever bytes a name has") {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) SKIP_TEST("no gnuplot");
  const std::string name = "caf\xe9 ok \xc3", shown = "caf\\xe9 ok \\xc3";
  const std::string drawn =
      picture({{.name = name, .y = {1, 2}}}, {.title = name, .x_label = name, .y_label = name});
  CHECK(io::is_utf8(drawn));
  CHECK_THAT(drawn, ContainsSubstring(shown));
  CHECK_THAT(picture({{.name = "caf\xc3\xa9", .y = {1, 2}}}), ContainsSubstring("caf\xc3\xa9"));
  const std::string chart = line_chart({{.name = name + "\x01", .y = {1, 2}}}, {.title = name});
  CHECK(io::is_utf8(chart));
  CHECK_THAT(chart, ContainsSubstring(shown + "\\x01"));
  CHECK(io::to_utf8("a\xed\xa0\x80\xf0\x9f\x98\x80\xf0\x9f\x98") ==
        "a\\xed\\xa0\\x80\xf0\x9f\x98\x80\\xf0\\x9f\\x98");
}

TEST_CASE("pictures keep points apart that are nearly equal") {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) SKIP_TEST("no gnuplot");
  // Milliseconds since 1970: they were written down with 10 digits.
  const double now = 1.7e12;
  CHECK(picture({{.x = {now, now + 1, now + 2}, .y = {1, 2, 1}}}) !=
        picture({{.x = {now, now, now}, .y = {1, 2, 1}}}));
}

TEST_CASE("pictures name values on axes of logarithms, however small, and of bands") {
  if (std::system("gnuplot --version > /dev/null 2>&1") != 0) SKIP_TEST("no gnuplot");
  const auto named = [](const std::string& svg, const char* value) {
    return svg.find(std::string(value) + "</text>") != svg.npos;
  };
  CHECK(named(picture({{.y = {1e-14, 3e-14}}}, {.log_y = true}), "2e-14"));
  CHECK(named(picture({{.x = {1e15, 3e15}, .y = {1, 2}}}, {.log_x = true}), "2e+15"));
  // A band of many decades has one name for each, not three.
  const std::string wide =
      picture({{.y = {2, 3}, .low = {1e-9, 1e-9}, .high = {4, 4}}}, {.log_y = true});
  CHECK(named(wide, "1e-08"));
  CHECK_FALSE(named(wide, "2e-08"));
  CHECK(named(picture({{.y = std::vector<double>(20, 1)}}, {.log_x = true}), "20"));
  for (const double end : {1e-307, 1e307})
    CHECK(picture({{.y = {end, end}}}, {.log_y = true}).size() > 1000);
}

TEST_CASE("curves, paths and importances refuse empty functions") {
  const auto refuses = [&](auto&& f, const std::string& text) {
    CHECK(error_of(f).starts_with(text + " is an empty function; give one that can be called"));
  };
  const Folds folds = {{.train = {0, 1}, .validation = {2}}};
  const Tensor x = ones({3, 2});
  const nn::Linear net(2, 1);
  refuses([&] { learning_curve(folds, {}); }, "learning_curve: train");
  refuses([&] { validation_curve("lr", {1.0}, folds, {}); }, "validation_curve: train");
  refuses([&] { nested_cross_validate(folds, 1, {}, {}, false, {}); },
          "nested_cross_validate: inner");
  refuses(
      [&] { nested_cross_validate(folds, 1, [](auto&&...) { return Folds(); }, {}, false, {}); },
      "nested_cross_validate: train");
  refuses([&] { permutation_test(3, 2, false, {}); }, "permutation_test: score");
  refuses([&] { permutation_importance(x, {}); }, "permutation_importance: score");
  refuses([&] { partial_dependence(x, 0, {}); }, "partial_dependence: predict");
  refuses([&] { regularization_path(net, {1.0}, {}); }, "regularization_path: train");
}
