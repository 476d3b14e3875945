#pragma once
// The sum that sum_to and the reductions have in common.

#include <cinta/autograd/tape/apply.hpp>

namespace cinta::detail {

/// Sums x over the axes that have size 1 in `kept`, which has x's rank. The result has `shape`,
/// which is `kept` with or without those axes; of bools and integers it is int64. Differentiable.
Tensor sum_keeping(const Op& op, const Tensor& x, const Shape& kept, const Shape& shape);

}  // namespace cinta::detail
