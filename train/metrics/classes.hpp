#pragma once
// Several classes, numbered from 0. Conventions are scikit-learn's.

#include <cinta/autograd/tensor.hpp>
#include <cinta/train/metrics/regression.hpp>
#include <cstdint>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

using Labels = std::span<const std::int64_t>;

/// How figures of single classes become one.
enum class Averaging {
  micro,     ///< of all rows together
  macro,     ///< mean over the classes that occur, in the truth or in predictions
  weighted,  ///< mean over the classes by their share of the truth
};

/// How far apart two classes are for Cohen's kappa.
enum class Disagreement { any, linear, quadratic };

/// Counts of true and predicted classes, and all that follows from them. Batch after batch it comes
/// to the same as from all rows at once:
///
///     train::ConfusionMatrix matrix(10);
///     for (auto& [x, labels] : loader) matrix.update(labels, net(x));
///     matrix.accuracy(); matrix.f1(train::Averaging::macro);
///
/// Where a figure divides by 0, precision without predictions or recall without truth, it is 0.
/// Members that need rows throw ValueError before there are any.
class ConfusionMatrix {
 public:
  /// Throws ValueError for fewer than one class.
  explicit ConfusionMatrix(std::int64_t classes);

  /// Throws ValueError for lengths that differ, a class outside 0 ... classes-1, or a negative
  /// weight; nothing was counted then.
  void update(Labels truth, Labels predicted, Values weights = {});
  /// `truth` holds ids (rows); `predicted` too, or it holds scores (rows, classes), of which the
  /// largest counts: ValueError for one that is NaN.
  void update(const Tensor& truth, const Tensor& predicted, Site site = {});
  /// Adds the counts of another one, for instance of another thread.
  void merge(const ConfusionMatrix& other);
  void reset();

  std::int64_t classes() const { return classes_; }
  /// Sum of the weights of rows that are of one class and were taken for another.
  double at(std::int64_t truth, std::int64_t predicted) const;
  double total() const;

  double accuracy() const;
  /// Mean of the recalls of the classes that occur in the truth.
  double balanced_accuracy() const;
  double precision(std::int64_t of) const;
  double recall(std::int64_t of) const;
  double f1(std::int64_t of) const;
  double precision(Averaging how) const;
  double recall(Averaging how) const;
  double f1(Averaging how) const;
  /// Matthews' correlation coefficient (J. Gorodkin, "Comparing two K-category assignments", 2004);
  /// 0 where all rows are of one class or were taken for one.
  double matthews() const;
  /// Cohen's kappa: agreement beyond that of chance. NaN where both have only one class.
  double kappa(Disagreement distance = Disagreement::any) const;

 private:
  double truth(std::int64_t of) const;
  double predicted(std::int64_t of) const;
  double average(Averaging how, double (ConfusionMatrix::*figure)(std::int64_t) const) const;

  std::int64_t classes_;
  std::vector<double> counts_;  // [truth * classes + predicted]
};

// Scores and probabilities of all classes stand row by row: rows * classes numbers. Functions throw
// ValueError for no rows, lengths that do not fit, NaN, and labels outside the classes.

/// Share of rows whose class is among the k with the largest scores. Of equal scores the later
/// class comes first, as in scikit-learn.
double top_k_accuracy(Labels truth, Values scores, int k, Values weights = {});

/// Mean of -log(probability of the true class), in nats, clipped to [eps, 1]. Probabilities lie in
/// [0, 1] and add up to 1 in each row, to within 1e-6: ValueError otherwise, and for an eps outside
/// [0, 0.5); nothing is renormalized.
double log_loss(Labels truth, Values probabilities, double eps = 1e-15, Values weights = {});

/// Mean over the rows of the sum over the classes of (probability - (1 if true else 0))^2.
double brier_score(Labels truth, Values probabilities, Values weights = {});

/// Mean over the classes of the area under the ROC curve of each against all others. Throws
/// ValueError when a class has no row or all of them.
double roc_auc(Labels truth, Values scores, Values weights = {});

}  // namespace cinta::train
#pragma GCC visibility pop
