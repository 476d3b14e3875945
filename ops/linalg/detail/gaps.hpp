#pragma once
// Private to ops: quotients by differences of eigenvalues and of singular values.

#include <cinta/ops/linalg/detail/matrix.hpp>

namespace cinta::detail {

/// x / gaps (..., r, c), and 0 where a gap counts as 0, a few roundings of the largest of `values`
/// (..., n). There x has to be 0 but for roundings of the elements of `terms`, that it is a
/// difference of; otherwise it throws ValueError: the loss depends on vectors that are not defined.
/// `what` names the values; `pairs` says whether gaps (i, j) are those of values i and j, or of
/// value j and 0.
Tensor over_gaps(const char* op, const char* what, bool pairs, const Tensor& x, const Tensor& gaps,
                 const Tensor& terms, const Tensor& values);

}  // namespace cinta::detail
