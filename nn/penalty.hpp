#pragma once
// Penalties: terms that a loss is enlarged by, ordinary nodes of the graph.

#include <cinta/autograd/tensor.hpp>

namespace cinta::nn {

/// Value given to the derivative of |w| at w = 0, where every number in [-1, 1] is a subgradient.
enum class SignAtZero { zero, plus_one };

/// lambda * sum(|w|), a scalar. Throws ValueError unless lambda >= 0.
Tensor l1_penalty(const Tensor& w, double lambda, SignAtZero at_zero = SignAtZero::zero,
                  Site site = {});

/// lambda / 2 * sum(w * w), a scalar: its gradient is lambda * w, so that a step of plain gradient
/// descent shrinks w by the factor 1 - lr * lambda. Throws ValueError unless lambda >= 0.
Tensor l2_penalty(const Tensor& w, double lambda, Site site = {});

}  // namespace cinta::nn
