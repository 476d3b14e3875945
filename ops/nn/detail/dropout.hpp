#pragma once
// Private to ops: dropout by a call that was drawn before.

#include <cinta/autograd/core/generator.hpp>
#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// dropout(x, p, true) with the mask of this call.
Tensor dropout_by(const Tensor& x, double p, const GeneratorState& call);

}  // namespace cinta::detail
