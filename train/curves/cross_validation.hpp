#pragma once
// Scores of models on rows that they did not see.

#include <cinta/train/curves/score_curve.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

struct CrossValidation {
  std::vector<Scores> scores;  ///< of each fold
  Band train, validation;
};

/// Trains and scores once for each fold, in threads, with a seed for each. Every model is made anew
/// by `train`, and sees of the data what `train` is handed: see TrainAndScore. Early stopping
/// inside has to watch rows set apart from the training rows, not the validation rows that are
/// scored. Throws ValueError for no folds or scores that are not finite.
CrossValidation cross_validate(const Folds& folds, const TrainAndScore& train,
                               const CurveOptions& options = {});

struct NestedCrossValidation {
  std::vector<std::size_t> chosen;  ///< the candidate of each outer fold
  std::vector<Scores> scores;       ///< of that one, trained on all outer training rows
  Band validation;                  ///< what choosing and training achieve on rows never seen
};

/// Chooses among `candidates` settings by cross-validation within the training rows of each outer
/// fold, and scores the choice on that fold's validation rows, which had no say in it; the best
/// score of the inner folds would be too good. `inner(rows, seed)` gives the folds of the training
/// rows, as positions in `rows`:
///
///     nested_cross_validate(outer, rates.size(),
///         [](const Rows& rows, auto seed) { return k_fold(rows.size(), 5, seed); },
///         [&](std::size_t candidate, const Rows& train, const Rows& validation, auto seed) { ...
///         },
///         /*maximize*/ true);
NestedCrossValidation nested_cross_validate(
    const Folds& outer, std::size_t candidates,
    const std::function<Folds(const Rows& rows, std::uint64_t seed)>& inner,
    const std::function<Scores(std::size_t candidate, const Rows& train, const Rows& validation,
                               std::uint64_t seed)>& train,
    bool maximize, const CurveOptions& options = {});

struct PermutationTest {
  double score = 0;
  std::vector<double> permuted;  ///< scores with labels in random order
  double p = 1;  ///< of a score at least as good if labels did not depend on the data
};

/// Whether a score could be chance (P. Good, "Permutation tests", 1994): `score(order)` trains and
/// scores with the label of row order[i] for row i, and is called with the rows in their order,
/// then `permutations` times in random orders. p = (1 + those at least as good) / (1 +
/// permutations). Throws ValueError for fewer than one permutation or a score that is NaN.
PermutationTest permutation_test(std::int64_t rows, int permutations, bool maximize,
                                 const std::function<double(const Rows& order)>& score,
                                 const CurveOptions& options = {});

}  // namespace cinta::train
#pragma GCC visibility pop
