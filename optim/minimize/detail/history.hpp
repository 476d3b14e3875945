#pragma once
// What quasi-Newton methods remember of the last steps.

#include <cinta/optim/minimize/detail/objective.hpp>
#include <deque>
#include <limits>

namespace cinta::optim::minimize {

/// Steps s and what they changed of the gradient, y.
struct History {
  struct Pair {
    Vector s, y;
    double sy, yy;
  };
  std::size_t size;
  std::deque<Pair> pairs = {};

  /// Adds the step between two points, unless the curvature along it is not positive, from which
  /// no positive definite matrix could be made. Returns whether it has.
  bool add(const Point& from, const Point& to) {
    Pair pair{difference(to.x, from.x), difference(to.gradient, from.gradient), 0, 0};
    pair.sy = dot(pair.s, pair.y);
    pair.yy = dot(pair.y, pair.y);
    if (!(pair.sy > std::numeric_limits<double>::epsilon() * pair.yy)) return false;
    pairs.push_back(std::move(pair));
    if (pairs.size() > size) pairs.pop_front();
    return true;
  }
  void clear() { pairs.clear(); }
};

}  // namespace cinta::optim::minimize
