#pragma once
// Where a minimizer is, and when it stops.

#include <cinta/optim/minimize/detail/objective.hpp>
#include <optional>

namespace cinta::optim::minimize {

/// When to stop, from the options of each minimizer.
struct Limits {
  std::int64_t max_iter;
  std::int64_t max_eval;
  double tolerance_grad;
  double tolerance_change;  // 0: never
  const OnIteration& on_iteration;

  template <class Options>
  static Limits of(const Options& o) {
    return {o.max_iter, o.max_eval, o.tolerance_grad, o.tolerance_change, o.on_iteration};
  }
};

/// The iterate, counted; minimizers move it by `accept` until there is a reason to stop.
class Run {
 public:
  Run(Objective& objective, const Limits& limits) : objective_(objective), limits_(limits) {
    at_.x = objective.read();
  }
  /// Leaves the parameters at the iterate, also when something was thrown.
  ~Run() { objective_.write(at_.x); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Objective& objective() { return objective_; }
  const Point& at() const { return at_; }
  Point& at() { return at_; }
  bool out_of_evaluations() const { return objective_.evaluations() >= limits_.max_eval; }

  /// After the start has been evaluated: whether it is finite, and a minimum already.
  std::optional<Reason> begin(double gradient_norm);
  /// Makes `next` the iterate. Returns why to stop, if so.
  std::optional<Reason> accept(Point next, double gradient_norm);
  Result finish(Reason reason) const;

 private:
  Objective& objective_;
  Limits limits_;
  Point at_;
  double gradient_norm_ = 0;
  std::int64_t iterations_ = 0;
};

}  // namespace cinta::optim::minimize
