#pragma once
// Private to ops: which functions a expression is computed with.

#include <cinta/ops/map/detail/expression.hpp>

namespace cinta::detail {

/// What is computed at once, of values of a expression.
struct Step {
  kernels::Function function;
  int y;
  std::array<int, 3> x;
};

/// The steps of a expression, in an order in which operands come first: functions that only one
/// other reads join it where there is a function that does both.
std::vector<Step> fuse_steps(const Expression& expression);

}  // namespace cinta::detail
