#pragma once
// Bounds of every element.

#include <cinta/optim/minimize/detail/objective.hpp>
#include <cinta/optim/minimize/lbfgsb.hpp>

namespace cinta::optim::minimize {

struct Box {
  Vector low, high;

  /// Those of an objective's parameters, as numbers that these can hold. Throws ValueError or
  /// ShapeError.
  Box(const Objective& objective, const Bound& below, const Bound& above);

  void project(Vector& x) const {
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::min(std::max(x[i], low[i]), high[i]);
  }
  /// The largest element of x - project(x - gradient).
  double projected_size(const Point& at) const;
  /// The longest step along a direction that stays inside.
  double longest(const Vector& x, const Vector& direction) const;
  /// Whether no element is unbounded on either side.
  bool closed() const;
};

}  // namespace cinta::optim::minimize
