#pragma once
// Private to the checks: several results as one, for checks that look at one tensor.

#include <cinta/autograd/check/op.hpp>

namespace cinta::detail {

/// Which results have gradients: by default those that are floating.
using Differentiable = std::function<bool(std::size_t result, const Tensor&)>;

/// The elements of the results that have gradients, one after the other; the result itself if there
/// is only one. Differentiable any number of times.
Tensor joined(const Tensors& results, const Differentiable& differentiable);

/// A function that returns the row's results so.
std::function<Tensor(const Tensors&)> joined(const check::Row& row);

}  // namespace cinta::detail
