#pragma once
// Layer norm over the rows of dense (rows, n) arrays of one floating dtype.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

struct LayerNorm {
  double eps;
  bool centred;  ///< or the mean counts as 0: RMS norm
};

/// y = (x - mean) / sqrt(variance + eps) * weight + bias with mean and (biased) variance of
/// each row; weight and bias (n,) may be null. `statistics` (rows, 3) are what backward needs of a
/// row: a number near the mean, the rest of it, and what deviations are multiplied by.
void layer_norm(const LayerNorm& norm, const Array& x, const Array* weight, const Array* bias,
                const Array& y, const Array& statistics);

/// What there is to compute of its gradients; null is left out.
struct LayerNormGradients {
  const Array* dx = nullptr;       ///< (rows, n)
  const Array* dweight = nullptr;  ///< (n,)
  const Array* dbias = nullptr;    ///< (n,)
};
void layer_norm_backward(bool centred, const Array& x, const Array& statistics, const Array* weight,
                         const Array& dy, const LayerNormGradients& gradients);

}  // namespace cinta::kernels
