#pragma once
// Gradients that users get.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// A gradient that may be handed to a user, who may write to it: itself if this handle is all that
/// holds its elements, else a copy. Differentiable.
Tensor own(Tensor gradient);

}  // namespace cinta::detail
