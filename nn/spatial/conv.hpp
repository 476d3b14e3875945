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

template <int axes>
class Conv : public Module {
 public:
  Conv(std::int64_t in_channels, std::int64_t out_channels, const PerAxis& kernel_size,
       ConvLayerOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;
  Tensor bias;  ///< undefined without bias

 private:
  ConvOptions options_;
};

template <int axes>
class ConvTranspose : public Module {
 public:
  ConvTranspose(std::int64_t in_channels, std::int64_t out_channels, const PerAxis& kernel_size,
                ConvTransposeLayerOptions options = {}, Site site = {});

  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;
  Tensor bias;  ///< undefined without bias

 private:
  ConvTransposeOptions options_;
};

}  // namespace detail

/// conv1d, conv2d, conv3d of x (batch, in_channels, ...) or (in_channels, ...). Weight
/// (out_channels, in_channels / groups, kernel ...) and bias (out_channels) start uniform on
/// [-1/sqrt(fan_in), 1/sqrt(fan_in)], fan_in being the product of the weight's sizes but the first,
/// as in PyTorch. Zeros are the only padding: for others put a pad layer in front. Throws
/// ValueError on sizes below 1 and groups that do not divide the channels.
using Conv1d = detail::Conv<1>;
using Conv2d = detail::Conv<2>;
using Conv3d = detail::Conv<3>;

/// conv_transpose1d, conv_transpose2d, conv_transpose3d. Weight (in_channels, out_channels /
/// groups, kernel ...) and bias (out_channels) start as those of the convolutions: fan_in is the
/// product of this weight's sizes but the first.
using ConvTranspose1d = detail::ConvTranspose<1>;
using ConvTranspose2d = detail::ConvTranspose<2>;
using ConvTranspose3d = detail::ConvTranspose<3>;

}  // namespace cinta::nn
#pragma GCC visibility pop
