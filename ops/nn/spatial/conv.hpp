#pragma once
// Convolutions over one, two or three axes, and transposed ones.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct ConvOptions {
  PerAxis stride = 1;
  ConvPadding padding = 0;
  PerAxis dilation = 1;     ///< distance of the kernel's elements
  std::int64_t groups = 1;  ///< channels are divided; each group has its own weights
};

/// y[n, o, p] = bias[o] + sum over i and k of x[n, i, stride * p - padding + dilation * k] *
/// weight[o, i, k], where x counts as 0 outside. x is (batch, channels, width) or (channels,
/// width), weight (out, channels / groups, kernel), bias (out) or undefined. The output has
/// floor((width + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1 places; "same" needs
/// stride 1. One floating dtype. Gradients of every order. Throws ShapeError where shapes do not
/// fit or the kernel is larger than the padded input, DtypeError, ValueError for options.
Tensor conv1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const ConvOptions& options = {}, Site site = {});
/// The same with x (batch, channels, height, width) and weight (out, channels / groups, height,
/// width of the kernel).
Tensor conv2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const ConvOptions& options = {}, Site site = {});
/// The same with depth before height.
Tensor conv3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
              const ConvOptions& options = {}, Site site = {});

struct ConvTransposeOptions {
  PerAxis stride = 1;
  PerAxis padding = 0;         ///< places that are cut off at both ends
  PerAxis output_padding = 0;  ///< places that are added at the end, less than stride or dilation
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  /// Of the spatial axes, or a shape whose last sizes are meant; output_padding follows from it.
  PerAxis output_size = {};
};

/// The adjoint of conv1d: x[p] * weight[k] is added to y[stride * p - padding + dilation * k]. x is
/// (batch, channels, width) or (channels, width), weight (channels, out / groups, kernel), bias
/// (out) or undefined. The output has (width - 1) * stride - 2 * padding + dilation * (kernel - 1)
/// + output_padding + 1 places; what is added by output_padding has its sums as all others. An
/// output_size is one of those that conv1d makes x's width of: with stride s there are s of them.
/// Beyond its ends x counts as 0, so that a weight that is NaN or infinite reaches the outer
/// places; PyTorch leaves those products out. Errors as those of conv1d; ShapeError for another
/// output_size.
Tensor conv_transpose1d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {}, Site site = {});
Tensor conv_transpose2d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {}, Site site = {});
Tensor conv_transpose3d(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
                        const ConvTransposeOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
