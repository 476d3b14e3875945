#pragma once

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// x above 0, slope * x elsewhere; in training each element draws its slope, uniform on [lower,
/// upper), otherwise all have the mean of the two. At 0 the slope is that of the left. Throws
/// ValueError unless lower <= upper are finite, DtypeError unless floating. B. Xu et al., Empirical
/// evaluation of rectified activations in convolutional network, 2015.
Tensor rrelu(const Tensor& x, double lower = 1.0 / 8, double upper = 1.0 / 3, bool training = false,
             Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
