#pragma once
// Convolutions over one to three axes, and their two adjoints. All arrays are dense.

#include <array>
#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// What maps x (batch, groups * in, depth, height, width) to y (batch, groups * out, ...):
/// y[o] is the sum over taps k of x[stride * o - padding + dilation * k] * w[k], with zeros around
/// x. Weights are (groups * out, in, ...). Fewer axes are the last ones, the others have size 1.
struct ConvGeometry {
  using Sizes = std::array<std::int64_t, 3>;

  std::int64_t batch, groups, in, out;  // channels of one group
  Sizes x = {1, 1, 1}, y = {1, 1, 1};
  Sizes kernel = {1, 1, 1}, stride = {1, 1, 1}, padding = {}, dilation = {1, 1, 1};
};

/// y of x and w, plus bias (groups * out), if there is one.
void conv(const ConvGeometry& g, const Array& x, const Array& w, const Array* bias, const Array& y);

/// The transposed convolution: the x whose product with all of `conv(x, w)` and y are the same,
/// plus bias (groups * in), if there is one.
void conv_transpose(const ConvGeometry& g, const Array& y, const Array& w, const Array* bias,
                    const Array& x);

/// The gradient of w where y is that of conv(x, w).
void conv_weight(const ConvGeometry& g, const Array& x, const Array& y, const Array& w);

}  // namespace cinta::kernels
