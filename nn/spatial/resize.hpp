#pragma once
// Layers that give images other sizes, with PyTorch's names and defaults.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/fold.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

/// interpolate with fixed options: Upsample({.scale_factor = {2}}).
class Upsample : public Module {
 public:
  explicit Upsample(InterpolateOptions options) : options_(std::move(options)) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return interpolate(in, options_); }, x);
  }

 private:
  InterpolateOptions options_;
};

/// Upsample of two axes by nearest elements, and bilinear with align_corners, as PyTorch's.
struct UpsamplingNearest2d : Upsample {
  explicit UpsamplingNearest2d(InterpolateOptions options);
};
struct UpsamplingBilinear2d : Upsample {
  explicit UpsamplingBilinear2d(InterpolateOptions options);
};

namespace detail {

template <auto function>
class PixelMove : public Module {
 public:
  explicit PixelMove(std::int64_t factor) : factor_(factor) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return function(in, factor_, {}); }, x);
  }

 private:
  std::int64_t factor_;
};

}  // namespace detail

struct PixelShuffle : detail::PixelMove<&pixel_shuffle> {
  using PixelMove::PixelMove;
};
struct PixelUnshuffle : detail::PixelMove<&pixel_unshuffle> {
  using PixelMove::PixelMove;
};
struct ChannelShuffle : detail::PixelMove<&channel_shuffle> {
  using PixelMove::PixelMove;
};

class Unfold : public Module {
 public:
  explicit Unfold(const PerAxis& kernel_size, FoldOptions options = {})
      : kernel_(kernel_size), options_(options) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return unfold(in, kernel_, options_); }, x);
  }

 private:
  PerAxis kernel_;
  FoldOptions options_;
};

class Fold : public Module {
 public:
  Fold(const PerAxis& output_size, const PerAxis& kernel_size, FoldOptions options = {})
      : size_(output_size), kernel_(kernel_size), options_(options) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return fold(in, size_, kernel_, options_); }, x);
  }

 private:
  PerAxis size_, kernel_;
  FoldOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
