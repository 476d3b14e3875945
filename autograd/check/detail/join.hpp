#pragma once
// Private to the checks: several results as one, for checks that look at one tensor.

#include <cinta/autograd/check/op.hpp>

namespace cinta::detail {

/// A function that returns the elements of all results of the row's function that have gradients,
/// one after the other; the result itself if there is only one. Differentiable any number of times.
std::function<Tensor(const Tensors&)> joined(const check::Row& row);

}  // namespace cinta::detail
