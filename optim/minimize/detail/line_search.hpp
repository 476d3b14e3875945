#pragma once
// How far to go along a direction.

#include <cinta/optim/minimize/detail/run.hpp>
#include <functional>

namespace cinta::optim::minimize {

struct LineSearch {
  double decrease = 1e-4;  ///< of the value, as a share of what the slope promises
  double curvature = 0.9;  ///< what may be left of the slope
  double first = 1;        ///< step to try first
  double longest = 1e20;   ///< step
  std::int64_t most = 20;  ///< evaluations

  /// Where a step along the direction leads, for what is not the straight line.
  std::function<void(Vector& x)> project = {};
};

/// A point along `direction`, in which the value falls, that meets the strong Wolfe conditions
///
///     f(t) <= f(0) + decrease * t * f'(0),   |f'(t)| <= curvature * |f'(0)|;
///
/// at the longest step the first alone. Where values differ by no more than their rounding, slopes
/// say how far they have fallen. Trials that are not finite are stepped back from. When there are
/// no more evaluations, the lowest point below the start. Nothing if there is none.
///
/// J. Moré, D. Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20,
/// 1994.
std::optional<Point> line_search(Run& run, const Vector& direction, const LineSearch& options);

}  // namespace cinta::optim::minimize
