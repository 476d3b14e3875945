#pragma once
// Private to the checks: an operation as a list of operations that is run again.

#include <cinta/autograd/check/op.hpp>

namespace cinta::detail {

/// Records the function on `x` together with its gradients, and of those again the gradients if
/// `second_order`, and runs the list in other memory: on `x` and on `others`, each of which has to
/// give the bits that the function gives. `variables` says which inputs have a gradient, `dys` are
/// the weights of the results, undefined where there is no gradient. Returns a line for each
/// difference.
std::vector<std::string> recorded_differences(const check::Function& function, const Tensors& x,
                                              const Tensors& others,
                                              const std::vector<bool>& variables,
                                              const Tensors& dys, bool second_order);

}  // namespace cinta::detail
