#pragma once
// Norms of whole parameters, for updates that depend on them.

#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cmath>

namespace cinta::optim::detail {

inline double norm(const Tensor& x) { return std::sqrt(sum(square(x)).item()); }

/// coefficient * ||w|| / (||direction|| + eps), or 1 where one of the norms is 0.
inline double trust_ratio(const Tensor& w, const Tensor& direction, double coefficient = 1,
                          double eps = 0) {
  const double size = norm(w), step = norm(direction);
  return size == 0 || step == 0 ? 1 : coefficient * size / (step + eps);
}

}  // namespace cinta::optim::detail
