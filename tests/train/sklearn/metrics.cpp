// Every metric against scikit-learn's: see metrics.py.

#include <cinta/cinta.hpp>
#include <cinta/train/metrics/classes.hpp>
#include <cinta/train/metrics/ranking.hpp>
#include <cinta/train/metrics/streaming.hpp>
#include <cinta/train/metrics/two_classes.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "support/catch_compat.hpp"

using namespace cinta;
using namespace cinta::train;

namespace {

using V = std::vector<double>;

struct Set {
  std::string name, kind;
  V truth, prediction, weights;
  std::map<std::string, V> figures;
};

std::vector<Set> sets() {
  std::ifstream in(CINTA_SOURCE_DIR "/tests/train/sklearn/metrics.txt");
  std::vector<Set> all;
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string first, word;
    words >> first;
    if (first == "data") {
      all.emplace_back();
      words >> all.back().name >> all.back().kind;
      continue;
    }
    Set& set = all.back();
    if (first == "=") {
      std::string name, number;
      while (words >> word) {
        if (!number.empty()) name += (name.empty() ? "" : " ") + number;
        number = word;
      }
      set.figures[name].push_back(std::strtod(number.c_str(), nullptr));
      continue;
    }
    V& column = first == "truth" ? set.truth : first == "weights" ? set.weights : set.prediction;
    while (words >> word) column.push_back(std::strtod(word.c_str(), nullptr));
  }
  return all;
}

std::vector<std::int64_t> labels_of(const V& values) { return {values.begin(), values.end()}; }

V joined(std::initializer_list<V> parts) {
  V all;
  for (const V& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
V without_first(const V& values) { return {values.begin() + 1, values.end()}; }

/// The figures of one set, each computed when it is asked for.
using Figures = std::map<std::string, std::function<V()>>;
using Number = std::function<double()>;

void add(Figures& figures, const std::string& name, Number number) {
  figures[name] = [number] { return V{number()}; };
}

Figures regression(const Set& s, const V& w, const std::string& suffix) {
  Figures f;
  const V &t = s.truth, &p = s.prediction;
  add(f, "mean_squared_error" + suffix, [=] { return mean_squared_error(t, p, w); });
  add(f, "root_mean_squared_error" + suffix, [=] { return root_mean_squared_error(t, p, w); });
  add(f, "mean_absolute_error" + suffix, [=] { return mean_absolute_error(t, p, w); });
  add(f, "median_absolute_error" + suffix, [=] { return median_absolute_error(t, p, w); });
  add(f, "mean_absolute_percentage_error" + suffix,
      [=] { return mean_absolute_percentage_error(t, p, w); });
  add(f, "r2_score" + suffix, [=] { return r2_score(t, p, w); });
  add(f, "explained_variance" + suffix, [=] { return explained_variance(t, p, w); });
  add(f, "pinball_loss" + suffix, [=] { return pinball_loss(t, p, 0.3, w); });
  add(f, "poisson_deviance" + suffix, [=] {
    V truth = t, prediction = p;
    for (double& v : truth) v = std::abs(v);
    for (double& v : prediction) v = std::abs(v) + 0.1;
    return poisson_deviance(truth, prediction, w);
  });
  add(f, "max_error", [=] { return max_error(t, p); });
  return f;
}

Figures two_classes(const Set& s, const V& w, const std::string& suffix) {
  Figures f;
  const V &t = s.truth, &p = s.prediction;
  add(f, "accuracy" + suffix, [=] { return accuracy(t, p, 0.5, w); });
  add(f, "f1_score" + suffix, [=] { return f1_score(t, p, 0.5, w); });
  add(f, "log_loss" + suffix, [=] { return log_loss(Values(t), p, 0.001, w); });
  add(f, "brier_score" + suffix, [=] { return brier_score(Values(t), p, w); });
  add(f, "calibration_error" + suffix, [=] { return calibration_error(t, p, 10, w); });
  add(f, "roc_auc" + suffix, [=] { return roc_auc(Values(t), p, w); });
  add(f, "average_precision" + suffix, [=] { return average_precision(t, p, w); });
  f["roc_curve" + suffix] = [=] {
    const RocCurve curve = roc_curve(t, p, w);
    CHECK(area_under(curve.false_positive_rate, curve.true_positive_rate) ==
          Approx(roc_auc(Values(t), p, w)).epsilon(1e-12));
    return joined(
        {curve.false_positive_rate, curve.true_positive_rate, without_first(curve.threshold)});
  };
  f["precision_recall" + suffix] = [=] {
    const PrecisionRecallCurve curve = precision_recall_curve(t, p, w);
    return joined({curve.precision, curve.recall, without_first(curve.threshold)});
  };
  return f;
}

Figures classes(const Set& s, const V& w, const std::string& suffix) {
  Figures f;
  const auto t = labels_of(s.truth);
  const V& p = s.prediction;
  const auto k = std::int64_t(p.size() / t.size());
  std::vector<std::int64_t> predicted;
  for (std::size_t i = 0; i < t.size(); ++i)
    predicted.push_back(
        std::max_element(p.begin() + std::int64_t(i) * k, p.begin() + std::int64_t(i + 1) * k) -
        (p.begin() + std::int64_t(i) * k));
  ConfusionMatrix whole(k);
  whole.update(t, predicted, w);
  // In batches, and with the sum of two, it is the same.
  ConfusionMatrix matrix(k), other(k);
  for (std::size_t i = 0; i < t.size(); ++i)
    (i % 3 ? matrix : other)
        .update(Labels(t).subspan(i, 1), Labels(predicted).subspan(i, 1),
                w.empty() || w[i] == 0 ? Values() : Values(w).subspan(i, 1));
  if (w.empty()) {
    matrix.merge(other);
    for (std::int64_t i = 0; i < k * k; ++i)
      CHECK(matrix.at(i / k, i % k) == whole.at(i / k, i % k));
  }
  f["confusion" + suffix] = [=] {
    V counts;
    for (std::int64_t i = 0; i < k * k; ++i) counts.push_back(whole.at(i / k, i % k));
    return counts;
  };
  add(f, "accuracy" + suffix, [=] { return whole.accuracy(); });
  add(f, "balanced" + suffix, [=] { return whole.balanced_accuracy(); });
  for (const auto& [name, averaging] :
       {std::pair("micro", Averaging::micro), std::pair("macro", Averaging::macro),
        std::pair("weighted", Averaging::weighted)}) {
    const Averaging how = averaging;
    add(f, std::string("precision ") + name + suffix, [=] { return whole.precision(how); });
    add(f, std::string("recall ") + name + suffix, [=] { return whole.recall(how); });
    add(f, std::string("f1 ") + name + suffix, [=] { return whole.f1(how); });
  }
  f["per_class" + suffix] = [=] {
    V precisions, recalls, f1s;
    for (std::int64_t i = 0; i < k; ++i) {
      precisions.push_back(whole.precision(i));
      recalls.push_back(whole.recall(i));
      f1s.push_back(whole.f1(i));
    }
    return joined({precisions, recalls, f1s});
  };
  add(f, "matthews" + suffix, [=] { return whole.matthews(); });
  add(f, "kappa None" + suffix, [=] { return whole.kappa(); });
  add(f, "kappa linear" + suffix, [=] { return whole.kappa(Disagreement::linear); });
  add(f, "kappa quadratic" + suffix, [=] { return whole.kappa(Disagreement::quadratic); });
  add(f, "top_1" + suffix, [=] { return top_k_accuracy(t, p, 1, w); });
  add(f, "top_2" + suffix, [=] { return top_k_accuracy(t, p, 2, w); });
  add(f, "log_loss" + suffix, [=] { return log_loss(Labels(t), p, 1e-15, w); });
  add(f, "brier_score" + suffix, [=] { return brier_score(Labels(t), p, w); });
  add(f, "roc_auc" + suffix, [=] { return roc_auc(Labels(t), p, w); });
  return f;
}

Figures ranking(const Set& s) {
  Figures f;
  const V &t = s.truth, &p = s.prediction;
  add(f, "ndcg", [=] { return ndcg(t, p); });
  add(f, "ndcg 3", [=] { return ndcg(t, p, 3); });
  add(f, "map", [=] { return ranked_precision(t, p); });
  add(f, "mrr", [=] { return reciprocal_rank(t, p); });
  add(f, "hit 1", [=] { return hit_at_k(t, p, 1); });
  add(f, "hit 3", [=] { return hit_at_k(t, p, 3); });
  return f;
}

Figures figures_of(const Set& s) {
  Figures all;
  for (const bool weighted : {false, true}) {
    const V w = weighted ? s.weights : V();
    const std::string suffix = weighted ? " weighted" : "";
    Figures some = s.kind == "regression"    ? regression(s, w, suffix)
                   : s.kind == "two_classes" ? two_classes(s, w, suffix)
                   : s.kind == "classes"     ? classes(s, w, suffix)
                                             : ranking(s);
    all.insert(some.begin(), some.end());
  }
  return all;
}

}  // namespace

TEST_CASE("metrics: every one against scikit-learn's, with ties, one class, and weights") {
  const auto all = sets();
  REQUIRE(all.size() == 17);
  std::set<std::string> seen;
  for (const Set& set : all) {
    Figures mine = figures_of(set);
    for (const auto& [name, expected] : set.figures) {
      CAPTURE(set.name, name);
      seen.insert(name);
      REQUIRE(mine.contains(name));
      const V got = mine[name]();
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        CAPTURE(i);
        if (std::isnan(expected[i]))
          CHECK(std::isnan(got[i]));
        else
          // Truth around 1e6 with errors around 1 loses six digits of a variance in scikit-learn.
          CHECK(got[i] ==
                Approx(expected[i]).epsilon(set.name == "far" ? 1e-9 : 1e-12).margin(1e-13));
      }
    }
  }
  CHECK(seen.size() > 70);
}

TEST_CASE("metrics: sums over batches are those over all rows") {
  for (const Set& set : sets()) {
    if (set.kind != "regression") continue;
    CAPTURE(set.name);
    for (const V& w : {V(), set.weights}) {
      RegressionSums sums, other;
      for (std::size_t i = 0; i < set.truth.size(); i += 3) {
        const std::size_t n = std::min<std::size_t>(3, set.truth.size() - i);
        const auto part = [&](const V& values) {
          return values.empty() ? Values() : Values(values).subspan(i, n);
        };
        bool any = w.empty();
        for (const double weight : part(w)) any = any || weight > 0;
        if (any) (i % 2 ? sums : other).update(part(set.truth), part(set.prediction), part(w));
      }
      sums.merge(other);
      CHECK(sums.mean_squared_error() ==
            Approx(mean_squared_error(set.truth, set.prediction, w)).epsilon(1e-13));
      CHECK(sums.mean_absolute_error() ==
            Approx(mean_absolute_error(set.truth, set.prediction, w)).epsilon(1e-13));
      CHECK(sums.r2_score() == Approx(r2_score(set.truth, set.prediction, w)).epsilon(1e-9));
      CHECK(sums.explained_variance() ==
            Approx(explained_variance(set.truth, set.prediction, w)).epsilon(1e-9));
    }
  }
}
