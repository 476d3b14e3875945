#pragma once
// Convolutions as layers, with PyTorch's names and defaults.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/conv.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct ConvLayerOptions {
  PerAxis stride = 1;
  ConvPadding padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  Dtype dtype = float32;
};

struct ConvTransposeLayerOptions {
  PerAxis stride = 1;
  PerAxis padding = 0;
  PerAxis output_padding = 0;
  PerAxis dilation = 1;
  std::int64_t groups = 1;
  bool bias = true;
  Dtype dtype = float32;
};

namespace detail {

/// The parameters that both kinds of convolution have.
class ConvParameters : public Module {
 public:
  Tensor weight;
  Tensor bias;  ///< undefined without bias

 protected:
  /// Of a class of this name ("Conv"), for `axes` axes.
  template <class Options>
  ConvParameters(const char* name, int axes, bool transposed, std::int64_t in, std::int64_t out,
                 const PerAxis& kernel_size, const Options& options, const Site& site)
      : ConvParameters(name, axes, transposed, in, out, kernel_size, options.groups, options.bias,
                       options.dtype, site) {}

 private:
  ConvParameters(const char* name, int axes, bool transposed, std::int64_t in, std::int64_t out,
                 const PerAxis& kernel_size, std::int64_t groups, bool biased, Dtype dtype,
                 const Site& site);
};

template <int axes>
class Conv : public ConvParameters {
 public:
  Conv(std::int64_t in_channels, std::int64_t out_channels, const PerAxis& kernel_size,
       ConvLayerOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  ConvOptions options_;
};

template <int axes>
class ConvTranspose : public ConvParameters {
 public:
  ConvTranspose(std::int64_t in_channels, std::int64_t out_channels, const PerAxis& kernel_size,
                ConvTransposeLayerOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;
  /// The same with an output of this size, 16, {16, 20} or the shape of the tensor that it is to
  /// stand beside, in place of the layer's output_padding.
  Tensor operator()(const Tensor& x, const PerAxis& output_size, Site site = {}) const;

 private:
  Tensor convolve(const Tensor& x, const ConvTransposeOptions& options, const Site& site) const;

  ConvTransposeOptions options_;
};

}  // namespace detail

/// conv1d, conv2d, conv3d of x (batch, in_channels, ...) or (in_channels, ...). Weight
/// (out_channels, in_channels / groups, kernel ...) and bias (out_channels) start uniform on
/// [-1/sqrt(fan_in), 1/sqrt(fan_in)], fan_in being the product of the weight's sizes but the first,
/// as in PyTorch. Zeros are the only padding: for others put a pad layer in front. Throws
/// ValueError on sizes below 1 and groups that do not divide the channels.
struct Conv1d : detail::Conv<1> {
  using Conv::Conv;
};
struct Conv2d : detail::Conv<2> {
  using Conv::Conv;
};
struct Conv3d : detail::Conv<3> {
  using Conv::Conv;
};

/// conv_transpose1d, conv_transpose2d, conv_transpose3d. Weight (in_channels, out_channels /
/// groups, kernel ...) and bias (out_channels) start as those of the convolutions: fan_in is the
/// product of this weight's sizes but the first. Where a convolution rounds its output's size down,
/// up(x, skip.shape()) finds the way back to the size that there was.
struct ConvTranspose1d : detail::ConvTranspose<1> {
  using ConvTranspose::ConvTranspose;
};
struct ConvTranspose2d : detail::ConvTranspose<2> {
  using ConvTranspose::ConvTranspose;
};
struct ConvTranspose3d : detail::ConvTranspose<3> {
  using ConvTranspose::ConvTranspose;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
