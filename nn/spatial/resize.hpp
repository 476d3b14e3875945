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
  explicit Upsample(InterpolateOptions options);
  Tensor operator()(const Tensor& x, Site site = {}) const;

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

class PixelMove : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  PixelMove(decltype(&pixel_shuffle) function, std::int64_t factor);

 private:
  decltype(&pixel_shuffle) function_;
  std::int64_t factor_;
};

}  // namespace detail

struct PixelShuffle : detail::PixelMove {
  explicit PixelShuffle(std::int64_t factor);
};
struct PixelUnshuffle : detail::PixelMove {
  explicit PixelUnshuffle(std::int64_t factor);
};
struct ChannelShuffle : detail::PixelMove {
  explicit ChannelShuffle(std::int64_t groups);
};

class Unfold : public Module {
 public:
  explicit Unfold(const PerAxis& kernel_size, const FoldOptions& options = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  PerAxis kernel_;
  FoldOptions options_;
};

class Fold : public Module {
 public:
  Fold(const PerAxis& output_size, const PerAxis& kernel_size, const FoldOptions& options = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  PerAxis size_, kernel_;
  FoldOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
