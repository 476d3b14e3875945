#pragma once
// The linear model of residuals, and its steps.

#include <cinta/optim/minimize/detail/matrix.hpp>
#include <cinta/optim/minimize/detail/objective.hpp>
#include <cinta/optim/minimize/least_squares.hpp>

namespace cinta::optim::minimize {

/// r + J p around the last evaluation, and the lengths D in which steps are measured.
class LinearModel {
 public:
  LinearModel(Objective& objective, const LeastSquaresOptions& options)
      : objective_(objective),
        dense_(std::int64_t(objective.size()) <= options.max_dense),
        max_cg_(options.max_cg),
        lengths_(objective.size()) {}

  /// Whether it has J itself, so that it stays good when there is another evaluation.
  bool dense() const { return dense_; }
  /// Takes the derivatives where the last evaluation was.
  void update(const Vector& residuals);
  const Vector& gradient() const { return gradient_; }  ///< J' r
  /// The minimum of |r + J p|^2 + mu |D p|^2.
  Vector step(double mu) { return dense_ ? dense_step(mu) : iterative_step(mu); }
  /// |J p|^2
  double square(const Vector& p) {
    const Vector jp = dense_ ? product(triangle_, p) : objective_.jacobian_product(p);
    return dot(jp, jp);
  }

 private:
  Vector dense_step(double mu) const;
  Vector iterative_step(double mu);

  Objective& objective_;
  bool dense_;
  std::int64_t max_cg_;
  Vector residuals_, gradient_, lengths_;
  Matrix triangle_;  // J, triangularized with the residuals
  Vector right_;
};

}  // namespace cinta::optim::minimize
