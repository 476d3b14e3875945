#pragma once
// Layers that give images other sizes, with PyTorch's names and defaults.

#include <cinta/nn/module.hpp>
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
    return interpolate(x, options_);
  }

 private:
  InterpolateOptions options_;
};

namespace detail {

template <auto function>
class PixelMove : public Module {
 public:
  explicit PixelMove(std::int64_t factor) : factor_(factor) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return function(x, factor_, {});
  }

 private:
  std::int64_t factor_;
};

}  // namespace detail

using PixelShuffle = detail::PixelMove<&pixel_shuffle>;
using PixelUnshuffle = detail::PixelMove<&pixel_unshuffle>;

class Unfold : public Module {
 public:
  explicit Unfold(const PerAxis& kernel_size, FoldOptions options = {})
      : kernel_(kernel_size), options_(options) {}
  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return unfold(x, kernel_, options_);
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
    return fold(x, size_, kernel_, options_);
  }

 private:
  PerAxis size_, kernel_;
  FoldOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
