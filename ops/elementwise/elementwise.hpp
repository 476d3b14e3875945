#pragma once
// Elementwise functions of one tensor. Shapes and dtypes of floating tensors stay; int64 and bool
// become float32 unless said otherwise.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

Tensor exp(const Tensor& x, Site site = {});
Tensor log(const Tensor& x, Site site = {});    ///< natural logarithm; -inf at 0, NaN below
Tensor log1p(const Tensor& x, Site site = {});  ///< log(1 + x), exact for small x
Tensor sqrt(const Tensor& x, Site site = {});   ///< NaN below 0; slope inf at 0
Tensor sin(const Tensor& x, Site site = {});
Tensor cos(const Tensor& x, Site site = {});
Tensor tanh(const Tensor& x, Site site = {});
Tensor sigmoid(const Tensor& x, Site site = {});   ///< 1 / (1 + exp(-x)), no overflow
Tensor softplus(const Tensor& x, Site site = {});  ///< log(1 + exp(x)), no overflow
/// max(x, 0), any numeric dtype; the slope at 0 is 0. NaN stays NaN.
Tensor relu(const Tensor& x, Site site = {});
/// |x|, any numeric dtype; the slope at 0 is 0.
Tensor abs(const Tensor& x, Site site = {});
/// -1, 0 or 1, any numeric dtype; the gradient is 0.
Tensor sign(const Tensor& x, Site site = {});
Tensor square(const Tensor& x, Site site = {});  ///< x * x, any numeric dtype

/// x limited to [low, high]; the slope is 1 inside and at the bounds, 0 outside. Throws
/// ValueError if low > high.
Tensor clamp(const Tensor& x, double low, double high, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
