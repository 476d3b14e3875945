#pragma once
// Layer norm over the rows of dense (rows, n) arrays of one floating dtype.

#include <cinta/autograd/core/storage.hpp>

namespace cinta::kernels {

/// y = (x - mean) / sqrt(variance + eps) * weight + bias with mean and (biased) variance of each
/// row; weight and bias (n,) may be null.
void layer_norm(const Array& x, const Array* weight, const Array* bias, double eps, const Array& y);

/// What there is to compute of its gradients; null is left out. The variance is computed again:
/// a row is in the cache by then.
struct LayerNormGradients {
  const Array* dx = nullptr;       ///< (rows, n)
  const Array* dweight = nullptr;  ///< (n,)
  const Array* dbias = nullptr;    ///< (n,)
};
void layer_norm_backward(const Array& x, const Array* weight, double eps, const Array& dy,
                         const LayerNormGradients& gradients);

}  // namespace cinta::kernels
