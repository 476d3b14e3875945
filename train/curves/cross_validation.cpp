#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/curves/cross_validation.hpp>
#include <cinta/train/detail/jobs.hpp>
#include <cmath>
#include <numeric>

namespace cinta::train {
namespace {

/// Positions in `rows` as rows.
Rows at(const Rows& rows, const Rows& positions) {
  Rows out;
  for (const std::int64_t position : positions) {
    if (position < 0 || position >= std::int64_t(rows.size()))
      throw ValueError("nested_cross_validate: an inner fold has position " +
                       std::to_string(position) + " of " + std::to_string(rows.size()) + " rows");
    out.push_back(rows[std::size_t(position)]);
  }
  return out;
}

}  // namespace

CrossValidation cross_validate(const Folds& folds, const TrainAndScore& train,
                               const CurveOptions& options) {
  if (folds.empty()) throw ValueError("cross_validate: no folds");
  const ScoreCurve curve = validation_curve(
      "fold", {0}, folds,
      [&](double, const Rows& rows, const Rows& others, std::uint64_t seed) {
        return train(rows, others, seed);
      },
      options);
  return {curve.scores[0], band_of(curve.train(0), options.confidence, curve.overlap),
          band_of(curve.validation(0), options.confidence, curve.overlap)};
}

NestedCrossValidation nested_cross_validate(
    const Folds& outer, std::size_t candidates,
    const std::function<Folds(const Rows&, std::uint64_t)>& inner,
    const std::function<Scores(std::size_t, const Rows&, const Rows&, std::uint64_t)>& train,
    bool maximize, const CurveOptions& options) {
  if (outer.empty()) throw ValueError("nested_cross_validate: no folds");
  if (candidates == 0) throw ValueError("nested_cross_validate: no candidates");
  cinta::detail::check_not_empty("nested_cross_validate", "inner", inner);
  cinta::detail::check_not_empty("nested_cross_validate", "train", train);
  std::vector<double> numbers(candidates);
  std::iota(numbers.begin(), numbers.end(), 0.0);
  NestedCrossValidation result;
  result.chosen.resize(outer.size());
  result.scores.resize(outer.size());
  double overlap = 0;
  detail::run_jobs(
      outer.size(), options.threads, options.seed,
      [&](std::size_t number) {
        const Rows& rows = outer[number].train;
        auto seeds = make_generator(options.seed, 2 * std::uint64_t(number));
        const std::uint64_t seed = seeds();
        Folds folds = inner(rows, seed);
        for (Fold& fold : folds) fold = {at(rows, fold.train), at(rows, fold.validation)};
        const CurveOptions one{.seed = seed, .threads = 1};
        const ScoreCurve curve = validation_curve(
            "candidate", numbers, folds,
            [&](double candidate, const Rows& a, const Rows& b, std::uint64_t own) {
              return train(std::size_t(candidate), a, b, own);
            },
            one);
        const std::size_t best = curve.best(maximize);
        result.chosen[number] = best;
        result.scores[number] = train(best, rows, outer[number].validation, seed);
      },
      options.on_run);
  std::vector<double> scores;
  for (std::size_t i = 0; i < outer.size(); ++i) {
    scores.push_back(result.scores[i].validation);
    overlap += double(outer[i].validation.size()) /
               double(std::max<std::size_t>(1, outer[i].train.size())) / double(outer.size());
  }
  result.validation = band_of(scores, options.confidence, overlap);
  return result;
}

PermutationTest permutation_test(std::int64_t rows, int permutations, bool maximize,
                                 const std::function<double(const Rows&)>& score,
                                 const CurveOptions& options) {
  if (permutations < 1) throw ValueError("permutation_test: permutations must be at least 1");
  cinta::detail::check_not_empty("permutation_test", "score", score);
  if (rows < 0)
    throw ValueError("permutation_test: rows must not be negative, got " + std::to_string(rows));
  std::vector<double> scores(std::size_t(permutations) + 1);
  detail::run_jobs(
      scores.size(), options.threads, options.seed,
      [&](std::size_t i) {
        Rows order(static_cast<std::size_t>(rows));
        std::iota(order.begin(), order.end(), 0);
        auto generator = make_generator(options.seed, 2 * std::uint64_t(i));
        if (i > 0) shuffle(order, generator);
        scores[i] = score(order);
      },
      options.on_run);
  PermutationTest test{scores[0], {scores.begin() + 1, scores.end()}};
  int as_good = 0;
  for (const double value : scores) {
    if (std::isnan(value)) throw ValueError("permutation_test: a score is NaN");
    as_good += maximize ? value >= test.score : value <= test.score;
  }
  test.p = double(as_good) / double(scores.size());  // the score itself is one of them
  return test;
}

}  // namespace cinta::train
