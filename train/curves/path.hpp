#pragma once
// A model under stronger and weaker regularization.

#include <cinta/nn/module/module.hpp>
#include <cinta/train/curves/score_curve.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

struct PathPoint {
  double strength = 0;
  Scores scores;
  nn::StateDict state;  ///< copies of the model's parameters and buffers
};

/// Trains a model once for each strength, each time from the weights that the one before has left
/// (a warm start): neighbours on the path have similar weights, so that few steps lead from one to
/// the next. Go from strong to weak, where the first solution is simple. `train(strength)` trains
/// the model further, with an optimizer of its own, and scores it; from any weights, of any
/// network. The model ends with the last point's weights; load_state_dict(point.state) gives it
/// another's. With warm = false every point starts from the weights that the model has now. Throws
/// ValueError for no strengths; what `train` throws passes through.
///
///     const auto path = train::regularization_path(net, train::log_spaced(1, 1e-4, 20),
///                                                  [&](double l1) { ...; return Scores{...}; });
std::vector<PathPoint> regularization_path(const nn::Module& model,
                                           const std::vector<double>& strengths,
                                           const std::function<Scores(double strength)>& train,
                                           bool warm = true);

/// `count` positive numbers from `first` to `last`, both exactly, each the same multiple of the one
/// before. Throws ValueError for other numbers or fewer than two.
std::vector<double> log_spaced(double first, double last, int count);

/// The scores of a path as a curve of one run.
ScoreCurve curve_of(const std::vector<PathPoint>& path, const std::string& over = "strength");

}  // namespace cinta::train
#pragma GCC visibility pop
