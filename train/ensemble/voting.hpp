#pragma once
// What several models say together, and a model that learns how to weigh them.

#include <cinta/train/curves/score_curve.hpp>
#include <cinta/train/ensemble/bagging.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Several models' outputs in one: their mean, or for outputs (rows, classes) the share of models
/// for which a class is the largest. Weights say how much each counts; empty: alike. Hand over
/// probabilities where classes are meant: the mean of logits is another thing. A row for which a
/// model says NaN is NaN, in a vote too. Throws ValueError for no outputs or weights that do not
/// fit, ShapeError for outputs of other shapes.
Tensor vote(const Tensors& outputs, Combining how = Combining::mean,
            const std::vector<double>& weights = {}, Site site = {});

/// A function of inputs (rows, ...) that gives outputs (rows, columns).
using Predictor = std::function<Tensor(const Tensor& x)>;
/// Trains one, made anew, on rows of inputs and targets.
using Learner = std::function<Predictor(const Tensor& x, const Tensor& y, std::uint64_t seed)>;

/// For every row the output of a model that has not seen it: one is trained on each fold's training
/// rows, and says what it thinks of the others. Folds validate every row once. Throws ValueError
/// for folds that do not, ShapeError for x and y of other rows and for outputs that have other
/// columns in another fold; what `learner` throws passes through.
Tensor cross_val_predict(const Tensor& x, const Tensor& y, const Folds& folds,
                         const Learner& learner, const CurveOptions& options = {});

/// Stacking (D. Wolpert, "Stacked generalization", Neural Networks 5, 1992): `final` learns the
/// targets from the outputs of the others side by side, which for its training are those of models
/// that had not seen the row (cross_val_predict); then all are trained on all rows. Throws as
/// cross_val_predict does, and ValueError for no learners.
class Stacking {
 public:
  Stacking(const Tensor& x, const Tensor& y, const Folds& folds,
           const std::vector<Learner>& learners, const Learner& final,
           const CurveOptions& options = {});
  /// Nothing is recorded.
  Tensor operator()(const Tensor& x) const;

 private:
  std::vector<Predictor> models_;
  Predictor final_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
