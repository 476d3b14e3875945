#pragma once
// Losses of the elements of two arrays, in one pass over them.

#include <cinta/autograd/core/storage.hpp>

namespace cinta::kernels {

/// squared: (p - t)^2; absolute: |p - t|; logistic: log(1 + exp(p)) - p * t.
enum class Loss { squared, absolute, logistic };

/// y = the loss of p and t. All arrays have one floating dtype; p and t broadcast to y.
void elementwise_loss(Loss how, const Array& p, const Array& t, const Array& y);

/// dp = dy * d loss / d p, with slope 0 where |p - t| has its kink.
void elementwise_loss_backward(Loss how, const Array& p, const Array& t, const Array& dy,
                               const Array& dp);

}  // namespace cinta::kernels
