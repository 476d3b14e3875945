#pragma once

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// (x - mean) / sqrt(variance + eps) * weight + bias, with the mean and the biased variance over
/// the last axes, whose sizes are `normalized_shape` (Ba, Kiros & Hinton 2016). weight and bias
/// have that shape; undefined ones are left out. One floating dtype. Throws ShapeError, DtypeError,
/// ValueError if eps < 0.
Tensor layer_norm(const Tensor& x, const Shape& normalized_shape, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
