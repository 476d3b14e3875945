// train/metrics against values worked out by hand.

#include <chrono>
#include <cinta/cinta.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <cinta/train/metrics/mean_std.hpp>
#include <cinta/train/metrics/ranking.hpp>
#include <cinta/train/metrics/streaming.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <vector>

#include "support/catch_compat.hpp"
#include "support/error_of.hpp"

using namespace cinta;
using namespace cinta::train;
using V = std::vector<double>;

namespace {
bool near(double a, double b) { return std::abs(a - b) < 1e-12; }
}  // namespace

TEST_CASE("metrics: regression") {
  const V truth{1, 2, 3, 4}, prediction{1, 2, 4, 2};
  CHECK(near(mean_squared_error(truth, prediction), 5.0 / 4));
  CHECK(near(mean_absolute_error(truth, prediction), 3.0 / 4));
  CHECK(near(mean_absolute_percentage_error(truth, prediction), (1.0 / 3 + 1.0 / 2) / 4));
  CHECK(near(r2_score(truth, prediction), 1 - 5.0 / 5.0));
  CHECK(r2_score(truth, truth) == 1);
  CHECK(near(r2_score(truth, V{2.5, 2.5, 2.5, 2.5}), 0));
  CHECK(near(r2_score(truth, V{4, 3, 2, 1}), 1 - 20.0 / 5));
  CHECK(near(mean_absolute_percentage_error(V{-2}, V{-1}), 0.5));
}

TEST_CASE("metrics: two classes") {
  const V truth{0, 0, 1, 1, 1}, probability{0.1, 0.6, 0.5, 0.4, 0.9};
  CHECK(near(accuracy(truth, probability), 3.0 / 5));
  CHECK(near(accuracy(truth, probability, 0.55), 2.0 / 5));
  CHECK(near(majority_accuracy(truth), 3.0 / 5));
  CHECK(near(f1_score(truth, probability), 2.0 * 2 / (2 * 2 + 1 + 1)));
  CHECK(f1_score(V{0, 0}, V{0.1, 0.2}) == 0);
  CHECK(f1_score(V{1, 0}, V{0.1, 0.2}) == 0);
  CHECK(near(log_loss(V{1, 0}, V{0.8, 0.4}), -(std::log(0.8) + std::log(0.6)) / 2));
  CHECK(near(log_loss(V{1}, V{0}), -std::log(1e-15)));
}

TEST_CASE("metrics: area under the ROC curve") {
  CHECK(roc_auc(V{0, 0, 1, 1}, V{0.1, 0.4, 0.35, 0.8}) == 0.75);
  CHECK(roc_auc(V{0, 1}, V{-3, 5}) == 1);
  CHECK(roc_auc(V{0, 1}, V{5, -3}) == 0);
  CHECK(roc_auc(V{0, 1, 0, 1}, V{7, 7, 7, 7}) == 0.5);                    // nothing but ties
  CHECK(roc_auc(V{0, 1, 0, 1}, V{1, 1, 0, 2}) == (1 + 0.5 + 1 + 1) / 4);  // one tie
  // Against the definition: all pairs.
  V truth, score;
  for (int i = 0; i < 200; ++i) {
    truth.push_back(i * 7 % 5 < 2);
    score.push_back(i * 13 % 17);
  }
  double wins = 0, pairs = 0;
  for (std::size_t a = 0; a < truth.size(); ++a)
    for (std::size_t b = 0; b < truth.size(); ++b)
      if (truth[a] == 1 && truth[b] == 0) {
        wins += score[a] > score[b] ? 1 : score[a] == score[b] ? 0.5 : 0;
        ++pairs;
      }
  CHECK(near(roc_auc(truth, score), wins / pairs));
}

TEST_CASE("metrics: mean and standard deviation of runs") {
  const MeanStd m = mean_std(V{1, 2, 3, 4});
  CHECK(m.mean == 2.5);
  CHECK(near(m.std, std::sqrt(5.0 / 3)));
  CHECK(mean_std(V{7}).std == 0);
}

TEST_CASE("metrics: constant truth, large means, squares out of range") {
  for (const int n : {1, 3, 10, 1000}) {
    CHECK_THROWS_WITH(r2_score(V(n, 0.1), V(n, 0.11)),
                      "r2_score: the true values are all the same");
    CHECK(mean_std(V(n, 0.1)).std == 0);
    CHECK(mean_std(V(n, 0.1)).mean == 0.1);
  }
  const V truth{1, 2, 3, 4}, prediction{1.1, 2, 3, 4};
  const double r2 = r2_score(truth, prediction), std = mean_std(truth).std;
  const double explained = 1 - 0.0075 / 5;  // errors of -0.1, 0, 0 and 0
  for (const double unit : {1e-300, 1e-200, 1e200, 1e307}) {
    V t = truth, p = prediction;
    for (V* values : {&t, &p})
      for (double& v : *values) v *= unit;
    CHECK(r2_score(t, p) == Approx(r2).epsilon(1e-13));
    CHECK(r2_score(t, p, V{1, 1, 1, 1}) == Approx(r2).epsilon(1e-13));
    CHECK(r2_score(t, p, V{0, 2, 1, 1}) == 1);
    CHECK(explained_variance(t, p) == Approx(explained).epsilon(1e-13));
    CHECK(root_mean_squared_error(t, p) / unit == Approx(0.05).epsilon(1e-13));
    CHECK(root_mean_squared_error(t, p, V{2, 6, 0, 0}) / unit == Approx(0.05).epsilon(1e-13));
    CHECK(mean_std(t).std == Approx(std * unit).epsilon(1e-13));
    RegressionSums sums;
    sums.update(V{0, unit}, V{0, unit}, V{0, 1});
    for (std::size_t i = 1; i < 4; ++i) sums.update(V{t[i]}, V{p[i]});
    CHECK(sums.r2_score() == 1);
    RegressionSums all;
    all.update(V{t[0], t[1]}, V{p[0], p[1]});
    all.update(V{t[2], t[3]}, V{p[2], p[3]});
    CHECK(all.r2_score() == Approx(r2).epsilon(1e-13));
    CHECK(all.explained_variance() == Approx(explained).epsilon(1e-13));
    CHECK(all.root_mean_squared_error() / unit == Approx(0.05).epsilon(1e-13));
    sums.merge(all);  // of a larger error
    CHECK(sums.root_mean_squared_error() / unit == Approx(0.1 / std::sqrt(8.)).epsilon(1e-13));
  }
  V shifted = truth, near_shifted = truth;
  for (double& v : shifted) v += 0x1p50;
  near_shifted[0] = 1.25;
  for (double& v : near_shifted) v += 0x1p50;
  CHECK(near(r2_score(shifted, near_shifted), 1 - 0.0625 / 5));
  CHECK(near(r2_score(shifted, near_shifted, V{1, 1, 1, 1}), 1 - 0.0625 / 5));
  CHECK(near(mean_std(shifted).std, std));
  CHECK(r2_score(V{1e-200, 2e-200}, V{1e200, 0}) == -HUGE_VAL);  // beyond the smallest number
  CHECK(r2_score(V{1e-200, 2e-200}, V{1e200, 0}, V{1, 2}) == -HUGE_VAL);
  CHECK(root_mean_squared_error(V{1, HUGE_VAL}, V{1, 2}) == HUGE_VAL);
  CHECK(root_mean_squared_error(V{1, HUGE_VAL}, V{1, 2}, V{1, 0}) == 0);
  CHECK_THROWS_WITH(r2_score(V{1, HUGE_VAL}, V{1, 2}), "r2_score: value 1 is infinite");
  CHECK_THROWS_WITH(mean_std(V{-HUGE_VAL}), "mean_std: value 0 is infinite");
}

TEST_CASE("metrics: what is not defined is refused") {
  CHECK_THROWS_WITH(mean_squared_error(V{}, V{}), "mean_squared_error: no values");
  CHECK_THROWS_WITH(mean_squared_error(V{1}, V{1, 2}),
                    "mean_squared_error: 1 true values but 2 predictions");
  CHECK_THROWS_WITH(mean_absolute_error(V{1, std::nan("")}, V{1, 2}),
                    "mean_absolute_error: value 1 is NaN");
  CHECK_THROWS_WITH(mean_absolute_percentage_error(V{0}, V{1}),
                    "mean_absolute_percentage_error: true value 0 is 0");
  CHECK_THROWS_WITH(r2_score(V{2, 2}, V{1, 2}), "r2_score: the true values are all the same");
  CHECK_THROWS_WITH(accuracy(V{2}, V{1}), "accuracy: true class 0 is neither 0 nor 1");
  CHECK_THROWS_WITH(roc_auc(V{1, 1}, V{1, 2}), "roc_auc: only one class is present");
  CHECK_THROWS_WITH(log_loss(V{1}, V{1.5}), "log_loss: probability 0 is 1.500000, not in [0, 1]");
  CHECK_THROWS_WITH(log_loss(V{1}, V{0.5}, 0.5), "log_loss: eps is 0.500000, not in [0, 0.5)");
  CHECK_THROWS_WITH(log_loss(std::vector<std::int64_t>{1}, V{0.5, 0.5}, -1),
                    "log_loss: eps is -1.000000, not in [0, 0.5)");
  CHECK_THROWS_AS(mean_std(V{}), ValueError);
}

TEST_CASE("metrics: a mean over rows is not the mean of batch means") {
  RowMean mean;
  CHECK_THROWS_WITH(mean.value(), "RowMean: no rows yet");
  mean.update(10, 2);
  mean.update(9, 1);
  CHECK(near(mean.value(), 29. / 3));
  mean.reset();
  for (int i = 0; i < 1000000; ++i) mean.update(0.1, 1);
  CHECK(mean.value() == 0.1);
}

TEST_CASE("metrics: streams of tensors") {
  ConfusionMatrix matrix(3);
  matrix.update(from_data(std::vector<std::int64_t>{0, 2}, {2}),
                from_data(std::vector<float>{1, 0, 0, 0, 5, 2}, {2, 3}));
  matrix.update(from_data(std::vector<std::int64_t>{1}, {1}),
                from_data(std::vector<std::int64_t>{1}, {1}));
  CHECK(near(matrix.accuracy(), 2. / 3));
  CHECK(matrix.at(2, 1) == 1);
  CHECK_THROWS_WITH(matrix.update(from_data(std::vector<std::int64_t>{3}, {1}),
                                  from_data(std::vector<std::int64_t>{1}, {1})),
                    "ConfusionMatrix: the true class of row 0 is 3, not one of 3");
  CHECK_THROWS_AS(matrix.update(from_data(std::vector<std::int64_t>{0}, {1}), zeros({1, 2})),
                  ShapeError);
  const Tensor classes = from_data(std::vector<std::int64_t>{0}, {1});
  CHECK_THAT(error_of([&] { matrix.update(zeros({1}), classes); }),
             StartsWith("ConfusionMatrix: the true classes are float32, not int64"));
  CHECK_THAT(error_of([&] { matrix.update(classes, zeros({1})); }),
             StartsWith("ConfusionMatrix: the predicted classes are float32, not int64"));
  CHECK_THAT(error_of([&] { matrix.update(classes, Tensor()); }),
             StartsWith("ConfusionMatrix: input 1 is an undefined tensor"));
  CHECK_THAT(error_of([&] { Collected().update(Tensor(), classes); }),
             StartsWith("Collected: input 0 is an undefined tensor"));
  // A model that has diverged: its accuracy was the share of class 0.
  CHECK_THROWS_WITH(matrix.update(from_data(std::vector<std::int64_t>{0, 0}, {2}),
                                  from_data(std::vector<float>{1, 0, 0, 0, NAN, 0}, {2, 3})),
                    "ConfusionMatrix: a score of row 1 is NaN");
  CHECK(matrix.total() == 3);
  matrix.reset();
  CHECK_THROWS_WITH(matrix.accuracy(), "ConfusionMatrix: no rows yet");
  CHECK_THROWS_AS(ConfusionMatrix(0), ValueError);

  Collected seen;
  seen.update(from_data(std::vector<float>{0, 1}, {2, 1}),
              from_data(std::vector<float>{0.2f, 0.7f}, {2}));
  seen.update(from_data(std::vector<float>{1}, {1}), from_data(std::vector<float>{0.1f}, {1}));
  CHECK(roc_auc(seen.truth(), seen.prediction()) == 0.5);
  CHECK_THROWS_AS(seen.update(zeros({2}), zeros({3})), ShapeError);
  RegressionSums sums;
  sums.update(from_data(std::vector<float>{1, 2}, {2}),
              from_data(std::vector<float>{1, 4}, {2, 1}));
  CHECK(sums.mean_squared_error() == 2);
  CHECK(near(sums.root_mean_squared_error(), std::sqrt(2.)));
  const RegressionSums none;
  CHECK_THROWS_WITH(none.mean_squared_error(), "mean_squared_error: no rows yet");
  CHECK_THROWS_WITH(none.root_mean_squared_error(), "root_mean_squared_error: no rows yet");
  CHECK_THROWS_WITH(none.mean_absolute_error(), "mean_absolute_error: no rows yet");
  CHECK_THROWS_WITH(none.r2_score(), "r2_score: no rows yet");
  CHECK_THROWS_WITH(none.explained_variance(), "explained_variance: no rows yet");
}

TEST_CASE("metrics: probabilities are taken as they are, and the truth alone sets no classes") {
  const std::vector<std::int64_t> ones{1, 1, 1}, one{1};
  CHECK_THROWS_WITH(log_loss(Labels(one), V{0.2, 0.3}),
                    "log_loss: the probabilities of row 0 add up to 0.500000, not 1");
  CHECK(log_loss(Labels(ones), V{1, 0, 1, 0, 1, 0}) > 30);
  CHECK(log_loss(Values(V{1, 1, 1}), V{0, 0, 0}) > 30);
  CHECK_THROWS_WITH(log_loss(Labels(ones), V{0.5, 0.5}),
                    "log_loss: 3 true classes but 2 scores, not as many for each row");
  const std::vector<std::int64_t> five{5};
  CHECK_THROWS_WITH(top_k_accuracy(five, V{0.5, 0.5}, 1),
                    "top_k_accuracy: the class of row 0 is 5, not one of 2");
  CHECK_THROWS_WITH(roc_auc(Labels(ones), V{1, 0, 1, 0, 1, 0}),
                    "roc_auc: only one class is present");
  CHECK_THROWS_WITH(precision_recall_curve(V{0, 0}, V{1, 2}),
                    "precision_recall_curve: no row of class 1");
  CHECK_THROWS_WITH(average_precision(V{0, 0}, V{1, 2}), "average_precision: no row of class 1");
}

TEST_CASE("metrics: weights") {
  const V truth{1, 2, 3}, prediction{1, 2, 5};
  CHECK(mean_squared_error(truth, prediction, V{1, 1, 0}) == 0);
  CHECK_THROWS_WITH(mean_squared_error(truth, prediction, V{1, 1}),
                    "mean_squared_error: 3 rows but 2 weights");
  CHECK_THROWS_WITH(mean_squared_error(truth, prediction, V{1, -1, 1}),
                    "mean_squared_error: weight 1 is -1.000000");
  CHECK_THROWS_WITH(mean_squared_error(truth, prediction, V{0, 0, 0}),
                    "mean_squared_error: all weights are 0");
  CHECK_THROWS_WITH(r2_score(V{1, 1, 3}, V{1, 2, 3}, V{1, 1, 0}),
                    "r2_score: the true values are all the same");
  CHECK_THROWS_WITH(pinball_loss(truth, prediction, 1.5),
                    "pinball_loss: quantile 1.500000 is not in [0, 1]");
  CHECK_THROWS_WITH(poisson_deviance(V{-1}, V{1}), "poisson_deviance: true value 0 is negative");
  CHECK_THROWS_WITH(poisson_deviance(V{1}, V{0}), "poisson_deviance: prediction 0 is not positive");
}

TEST_CASE("metrics: the size of the weights does not matter") {
  const V truth{0, 0, 1, 1, 1}, score{0.1, 0.4, 0.35, 0.8, 0.4}, weights{1, 2, 3, 1, 2};
  const std::vector<std::int64_t> labels{0, 0, 1, 1, 1}, predicted{0, 1, 0, 1, 1};
  const double auc = roc_auc(truth, score, weights);
  ConfusionMatrix matrix(2);
  matrix.update(labels, predicted, weights);
  for (const double unit : {1e-300, 1e-200, 1e200, 1.9e307}) {
    INFO(unit);
    V scaled = weights;
    for (double& weight : scaled) weight *= unit;
    CHECK(near(roc_auc(truth, score, scaled), auc));
    CHECK(near(f1_score(truth, score, 0.3, scaled), f1_score(truth, score, 0.3, weights)));
    ConfusionMatrix other(2);
    other.update(labels, predicted, scaled);
    CHECK(near(other.kappa(), matrix.kappa()));
    CHECK(near(other.matthews(), matrix.matthews()));
    CHECK(near(other.f1(1), matrix.f1(1)));
  }
  CHECK_THROWS_WITH(roc_auc(truth, score, V{1e308, 1e308, 1, 1, 1}),
                    "roc_auc: the weights' sum is infinite");
}

TEST_CASE("metrics: kappa of many classes takes a time that grows as their table does") {
  std::vector<std::int64_t> truth, predicted;
  for (int i = 0; i < 10'000; ++i) {
    truth.push_back(i % 1000);
    predicted.push_back(i % 3 == 0 ? (i + 1) % 1000 : i % 1000);
  }
  ConfusionMatrix matrix(1000);
  matrix.update(truth, predicted);
  const auto seconds_of = [](const auto& f) {
    const auto start = std::chrono::steady_clock::now();
    f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  double kappa = 0, f1 = 0;
  const double other = seconds_of([&] { f1 = matrix.f1(Averaging::macro); });
  // Summed anew for each of the million cells, it took 400 times as long as this figure does.
  CHECK(seconds_of([&] { kappa = matrix.kappa(); }) < 60 * other + 0.05);
  CHECK(kappa == Approx((matrix.accuracy() - 1e-3) / (1 - 1e-3)).epsilon(1e-3));
  CHECK(f1 > 0);
}

TEST_CASE("metrics: ties are not in a ranker's favour") {
  const V relevance{1, 0, 0}, alike{2, 2, 2};
  CHECK(hit_at_k(relevance, alike, 1) == 0);
  CHECK(near(reciprocal_rank(relevance, alike), 1. / 3));
  CHECK(near(ranked_precision(relevance, alike), 1. / 3));
  CHECK(reciprocal_rank(V{0, 0}, V{1, 2}) == 0);
  CHECK(ndcg(V{0, 0}, V{1, 2}) == 0);
  CHECK_THROWS_WITH(hit_at_k(relevance, alike, 0), "hit_at_k: k must be at least 1, got 0");
  CHECK_THROWS_WITH(ndcg(V{-1}, V{1}), "ndcg: the relevance of item 0 is negative");
}
