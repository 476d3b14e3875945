#pragma once
// Updates that are a formula of each element by itself.

#include <cinta/ops/kernels/optimizer/steps.hpp>
#include <cinta/optim/step.hpp>

namespace cinta::optim {

/// As the result of an update: leaves it to the kernels, which make it in one pass with those of
/// other parameters, and on rows alone where the gradient is row-sparse. The states asked for so
/// far are the rule's, in that order.
Tensor by_rule(ParameterStep& step, const kernels::StepRule& rule);

}  // namespace cinta::optim
