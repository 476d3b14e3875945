#pragma once
// What a trained model makes of its features.

#include <cinta/autograd/tensor.hpp>
#include <cinta/train/curves/score_curve.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

struct ImportanceOptions {
  int repeats = 10;
  std::uint64_t seed = 0;
  bool maximize = true;  ///< larger scores are better
  double confidence = 0.95;
  /// Columns that are shuffled together, such as those of one category; empty: each by itself.
  std::vector<Rows> groups = {};
};

/// How much worse score(x) becomes when a feature's column of x (rows, features) is shuffled, which
/// leaves the model nothing of it but its distribution (L. Breiman, "Random forests", Machine
/// Learning 45, 2001). A band for each column or group, over the repeats. Use rows that the model
/// was not trained on; of two features that say the same, each looks unimportant. Nothing is
/// recorded. Throws ShapeError unless x has two axes, ValueError for fewer than one repeat or
/// scores that are not finite, IndexError for columns that do not exist.
std::vector<Band> permutation_importance(const Tensor& x,
                                         const std::function<double(const Tensor& x)>& score,
                                         const ImportanceOptions& options = {});

struct PartialDependence {
  std::vector<double> values;  ///< of the feature
  std::vector<double> mean;    ///< prediction, over all rows
  std::vector<double> std;     ///< of single rows: how much they differ from each other
};

/// Mean prediction where every row has the same value of one feature, for several values (J.
/// Friedman, "Greedy function approximation", Annals of Statistics 29, 2001). `predict(x)` gives
/// one number a row. `values` may be empty: 20 quantiles of the column then. Throws as
/// permutation_importance does.
PartialDependence partial_dependence(const Tensor& x, std::int64_t feature,
                                     const std::function<Tensor(const Tensor& x)>& predict,
                                     std::vector<double> values = {});

}  // namespace cinta::train
#pragma GCC visibility pop
