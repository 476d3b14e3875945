#pragma once
// Norms of arrays (batch, channels, plane): what is normalised together is a channel of all images,
// or a group of channels of one. Dense, of one floating dtype.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

struct ChannelNorm {
  std::int64_t batch, channels, plane;
  std::int64_t groups;  ///< of the channels of an image; 0: each channel of all images together
  double eps;
};

/// y = (x - mean) / sqrt(variance + eps) * weight + bias, with the mean and the biased variance of
/// each set; weight and bias (channels) may be null. `statistics` (4, sets), float64, gets means,
/// each as the sum of two numbers, variances and what deviations were multiplied by.
void channel_norm(const ChannelNorm& norm, const Array& x, const Array* weight, const Array* bias,
                  const Array& y, const Array& statistics);

/// What there is to compute of its gradients; null is left out.
struct ChannelNormGradients {
  const Array *dx = nullptr, *dweight = nullptr, *dbias = nullptr;
};
void channel_norm_backward(const ChannelNorm& norm, const Array& x, const Array& statistics,
                           const Array* weight, const Array& dy,
                           const ChannelNormGradients& gradients);

}  // namespace cinta::kernels
