#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/curves/score_curve.hpp>
#include <cinta/train/detail/jobs.hpp>
#include <cinta/train/detail/statistics/moments.hpp>
#include <cinta/train/detail/statistics/spread.hpp>
#include <cinta/train/detail/statistics/student.hpp>
#include <cmath>
#include <limits>
#include <map>

namespace cinta::train {
namespace {

void check(bool ok, const std::string& what) {
  if (!ok) throw ValueError(what);
}

/// Mean of n_validation / n_train, which is what cross-validation's runs share.
double overlap_of(const Folds& folds) {
  double sum = 0;
  for (const Fold& fold : folds)
    sum += double(fold.validation.size()) / double(std::max<std::size_t>(1, fold.train.size()));
  return sum / double(folds.size());
}

std::vector<std::uint64_t> seeds_of(std::size_t count, std::uint64_t seed) {
  auto generator = make_generator(seed);
  std::vector<std::uint64_t> seeds(count);
  for (std::uint64_t& one : seeds) one = generator();
  return seeds;
}

/// Rows in random order, such that each beginning has the classes as the whole has.
Rows order_of(const Rows& rows, const std::vector<std::int64_t>& labels, std::uint64_t seed) {
  auto generator = make_generator(seed, 1);
  if (labels.empty()) {
    Rows shuffled = rows;
    shuffle(shuffled, generator);
    return shuffled;
  }
  // One of each class comes first: no subset lacks one that the whole has.
  Rows first, rest;
  std::map<std::int64_t, bool> seen;
  for (const std::int64_t row : detail::spread_classes(rows, labels, generator))
    (std::exchange(seen[labels[std::size_t(row)]], true) ? rest : first).push_back(row);
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

/// Runs `score(i, run)` for all, and collects.
ScoreCurve collect(std::string over, std::vector<double> x, std::size_t runs, double overlap,
                   const CurveOptions& options,
                   const std::function<Scores(std::size_t, std::size_t)>& score) {
  check(options.threads >= 0, "threads must not be negative");
  ScoreCurve curve{std::move(over), std::move(x), {}, overlap};
  curve.scores.assign(curve.x.size(), std::vector<Scores>(runs));
  detail::run_jobs(
      curve.x.size() * runs, options.threads, options.seed,
      [&](std::size_t job) {
        const std::size_t i = job / runs, run = job % runs;
        curve.scores[i][run] = score(i, run);
      },
      options.on_run);
  return curve;
}

double figure_of(const EpochRecord& record, const std::string& name) {
  if (name == "train_loss") return record.train_loss;
  for (const auto& [other, figure] : record.figures)
    if (other == name) return figure;
  throw ValueError("epoch_curve: epoch " + std::to_string(record.epoch) + " has no figure \"" +
                   name + "\"");
}

}  // namespace

Band band_of(const std::vector<double>& values, double confidence, double overlap) {
  check(!values.empty(), "band_of: no values");
  check(confidence > 0 && confidence < 1, "band_of: confidence must lie between 0 and 1");
  for (const double value : values) check(std::isfinite(value), "band_of: a value is not finite");
  const detail::Moments moments = detail::moments(values);
  const auto n = double(values.size());
  Band band{moments.mean};
  if (n == 1) {
    band.low = -std::numeric_limits<double>::infinity();
    band.high = -band.low;
    return band;
  }
  band.std = moments.std.get() * std::sqrt(n / (n - 1));
  const double half =
      detail::student_quantile(confidence, n - 1) * band.std * std::sqrt(1 / n + overlap);
  band.low = band.mean - half;
  band.high = band.mean + half;
  return band;
}

std::vector<double> ScoreCurve::train(std::size_t i) const {
  std::vector<double> values;
  for (const Scores& run : scores.at(i)) values.push_back(run.train);
  return values;
}

std::vector<double> ScoreCurve::validation(std::size_t i) const {
  std::vector<double> values;
  for (const Scores& run : scores.at(i)) values.push_back(run.validation);
  return values;
}

std::size_t ScoreCurve::best(bool maximize) const {
  std::size_t best = 0;
  double value = std::nan("");
  for (std::size_t i = 0; i < x.size(); ++i) {
    double mean = 0;
    for (const Scores& run : scores[i]) mean += run.validation / double(scores[i].size());
    if (std::isnan(value) || (maximize ? mean > value : mean < value)) best = i, value = mean;
  }
  check(!std::isnan(value), "ScoreCurve::best: no validation score is a number");
  return best;
}

ScoreCurve learning_curve(const Folds& folds, const TrainAndScore& train,
                          const LearningCurveOptions& options) {
  check(!folds.empty(), "learning_curve: no folds");
  check(!options.shares.empty(), "learning_curve: no shares");
  cinta::detail::check_not_empty("learning_curve", "train", train);
  std::size_t smallest = folds[0].train.size();
  for (const Fold& fold : folds) smallest = std::min(smallest, fold.train.size());
  std::vector<double> sizes;
  for (const double share : options.shares) {
    check(share > 0 && share <= 1, "learning_curve: share " + std::to_string(share) +
                                       " of the training rows is not in (0, 1]");
    sizes.push_back(std::round(share * double(smallest)));
    check(sizes.back() >= 1, "learning_curve: a share of " + std::to_string(share) + " of " +
                                 std::to_string(smallest) + " rows is none");
  }
  if (!options.labels.empty())
    for (const Fold& fold : folds)
      for (const std::int64_t row : fold.train)
        check(row >= 0 && row < std::int64_t(options.labels.size()),
              "learning_curve: row " + std::to_string(row) + " has no label, there are " +
                  std::to_string(options.labels.size()));
  const auto seeds = seeds_of(folds.size(), options.seed);
  std::vector<Rows> orders;
  for (std::size_t run = 0; run < folds.size(); ++run) {
    orders.push_back(order_of(folds[run].train, options.labels, seeds[run]));
    if (options.labels.empty()) continue;
    std::map<std::int64_t, int> classes;
    for (const std::int64_t row : folds[run].train) ++classes[options.labels[std::size_t(row)]];
    const double least = *std::min_element(sizes.begin(), sizes.end());
    check(least >= double(classes.size()),
          "learning_curve: " + std::to_string(std::int64_t(least)) + " rows, too few for " +
              std::to_string(classes.size()) + " classes");
  }
  return collect("training rows", sizes, folds.size(), overlap_of(folds), options,
                 [&](std::size_t i, std::size_t run) {
                   Rows rows(orders[run].begin(), orders[run].begin() + std::int64_t(sizes[i]));
                   std::sort(rows.begin(), rows.end());
                   return train(rows, folds[run].validation, seeds[run]);
                 });
}

ScoreCurve validation_curve(
    const std::string& name, const std::vector<double>& values, const Folds& folds,
    const std::function<Scores(double, const Rows&, const Rows&, std::uint64_t)>& train,
    const CurveOptions& options) {
  check(!folds.empty(), "validation_curve: no folds");
  check(!values.empty(), "validation_curve: no values");
  cinta::detail::check_not_empty("validation_curve", "train", train);
  const auto seeds = seeds_of(folds.size(), options.seed);
  return collect(name, values, folds.size(), overlap_of(folds), options,
                 [&](std::size_t i, std::size_t run) {
                   return train(values[i], folds[run].train, folds[run].validation, seeds[run]);
                 });
}

ScoreCurve epoch_curve(const std::vector<std::vector<EpochRecord>>& histories,
                       const std::string& train, const std::string& validation) {
  check(!histories.empty(), "epoch_curve: no histories");
  std::size_t epochs = histories[0].size();
  for (const auto& history : histories) epochs = std::min(epochs, history.size());
  check(epochs > 0, "epoch_curve: a history without epochs");
  ScoreCurve curve{"epoch", {}, {}, 0};
  for (std::size_t i = 0; i < epochs; ++i) {
    curve.x.push_back(histories[0][i].epoch);
    std::vector<Scores> runs;
    for (const auto& history : histories)
      runs.push_back({figure_of(history[i], train), figure_of(history[i], validation)});
    curve.scores.push_back(std::move(runs));
  }
  return curve;
}

}  // namespace cinta::train
