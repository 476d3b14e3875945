#pragma once
// Initialisers: fill a leaf's elements in place, not recorded, from the default generator.
// A weight of shape (out, in, ...) has fan_in = in * ... and fan_out = out * ...

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn::init {

/// Uniform on [-bound, bound] with bound = gain * sqrt(6 / (fan_in + fan_out)) (Glorot & Bengio
/// 2010). Throws ShapeError below two axes.
const Tensor& xavier_uniform_(const Tensor& weight, double gain = 1, Site site = {});
/// Normal with std gain * sqrt(2 / (fan_in + fan_out)).
const Tensor& xavier_normal_(const Tensor& weight, double gain = 1, Site site = {});
/// Uniform on [-bound, bound] with bound = gain * sqrt(3 / fan_in) (He et al. 2015); the default
/// gain is that of ReLU.
const Tensor& kaiming_uniform_(const Tensor& weight, double gain = 1.4142135623730951,
                               Site site = {});
/// Normal with std gain / sqrt(fan_in).
const Tensor& kaiming_normal_(const Tensor& weight, double gain = 1.4142135623730951,
                              Site site = {});

}  // namespace cinta::nn::init
#pragma GCC visibility pop
