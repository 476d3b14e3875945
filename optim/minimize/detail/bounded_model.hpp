#pragma once
// The quadratic model of L-BFGS-B, and its minima between bounds.

#include <cinta/optim/minimize/detail/box.hpp>
#include <cinta/optim/minimize/detail/history.hpp>
#include <cinta/optim/minimize/detail/matrix.hpp>
#include <optional>

namespace cinta::optim::minimize {

/// The estimate of the Hessian that a history makes, B = theta - W M W', W = (Y, theta S). Columns
/// of W are divided so that the inverse of M has ones and minus ones on its diagonal: with badly
/// scaled variables it could not be inverted otherwise.
class BoundedModel {
 public:
  explicit BoundedModel(const History& history) : pairs_(history.pairs) {}

  /// After the history has changed. False if it makes no model.
  bool update();
  double theta() const { return theta_; }
  std::size_t rank() const { return 2 * pairs_.size(); }
  const Matrix& middle() const { return middle_; }  ///< M

  /// A row of W; W' v; v += factor W w.
  void row(std::size_t i, Vector& w) const;
  Vector transposed(const Vector& v) const;
  void add_times(Vector& v, double factor, const Vector& w) const;
  /// The inverse of M, less W'W / theta of the rows that are free.
  Matrix reduced(const std::vector<bool>& is_free) const;

 private:
  const std::deque<History::Pair>& pairs_;
  double theta_ = 1;
  Vector weights_;  // of the columns (Y, S) in W
  Matrix middle_, inverse_;
};

/// The first minimum of the model along the projected gradient, and W' (x - start).
struct Cauchy {
  Vector x, c;
};
Cauchy cauchy_point(const BoundedModel& model, const Box& box, const Point& at);

/// Where the model has its minimum when what is at its bound at the Cauchy point stays there,
/// brought within the bounds. Nothing if rounding leaves none.
std::optional<Vector> subspace_minimum(const BoundedModel& model, const Box& box, const Point& at,
                                       const Cauchy& cauchy);

}  // namespace cinta::optim::minimize
