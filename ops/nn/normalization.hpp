#pragma once

#include <cinta/autograd/tensor.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

/// (x - mean) / sqrt(variance + eps) * weight + bias, with the mean and the biased variance over
/// the last axes, whose sizes are `normalized_shape` (Ba, Kiros & Hinton 2016). weight and bias
/// have that shape; undefined ones are left out. One floating dtype. Throws ShapeError, DtypeError,
/// ValueError if eps < 0.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5, Site site = {});

/// x / sqrt(mean(x^2) + eps) * weight, with the mean over the last axes, whose sizes are
/// `normalized_shape` (Zhang & Sennrich 2019). weight has that shape; undefined it is left out. eps
/// is by default the dtype's epsilon, as in PyTorch. A row of zeros gives zeros, with the slope
/// weight / sqrt(eps). Errors as those of layer_norm.
Tensor rms_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                std::optional<double> eps = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
