#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/train/curves/path.hpp>
#include <cinta/train/detail/snapshot.hpp>
#include <cmath>

namespace cinta::train {

std::vector<PathPoint> regularization_path(const nn::Module& model,
                                           const std::vector<double>& strengths,
                                           const std::function<Scores(double)>& train, bool warm) {
  cinta::detail::check_not_empty("regularization_path", "train", train);
  if (strengths.empty()) throw ValueError("regularization_path: no strengths");
  detail::Snapshot start;
  start.take(model);
  std::vector<PathPoint> path;
  for (const double strength : strengths) {
    if (!warm) start.restore(model);
    PathPoint point{strength, train(strength), {}};
    const NoGrad guard;
    for (const auto& [name, tensor] : model.state_dict())
      point.state.emplace_back(name, clone(tensor));
    path.push_back(std::move(point));
  }
  return path;
}

std::vector<double> log_spaced(double first, double last, int count) {
  if (!(first > 0) || !(last > 0) || !std::isfinite(first) || !std::isfinite(last) || count < 2)
    throw ValueError("log_spaced: needs two positive numbers and at least 2 points");
  std::vector<double> values;
  const double a = std::log(first), b = std::log(last);
  for (int i = 0; i < count; ++i) values.push_back(std::exp(a + (b - a) * i / (count - 1)));
  values.front() = first;
  values.back() = last;
  return values;
}

ScoreCurve curve_of(const std::vector<PathPoint>& path, const std::string& over) {
  ScoreCurve curve{over, {}, {}, 0};
  for (const PathPoint& point : path) {
    curve.x.push_back(point.strength);
    curve.scores.push_back({point.scores});
  }
  return curve;
}

}  // namespace cinta::train
