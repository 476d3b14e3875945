#pragma once
// Private to ops: which functions a formula is computed with.

#include <cinta/ops/formula.hpp>

namespace cinta::detail {

/// What is computed at once, of values of a formula.
struct Step {
  kernels::Function function;
  int y;
  std::array<int, 3> x;
};

/// The values, as marks, that `outputs` are computed from.
std::vector<char> needed(const Formula& formula, const std::vector<int>& outputs);

/// The steps of a formula, in an order in which operands come first: functions that only one other
/// reads join it where there is a function that does both.
std::vector<Step> select_steps(const Formula& formula);

}  // namespace cinta::detail
