#include <cinta/nn/spatial/resize.hpp>

namespace cinta::nn {
namespace {

InterpolateOptions with(InterpolateOptions options, InterpolationMode mode, bool align_corners) {
  options.mode = mode;
  options.align_corners = align_corners;
  return options;
}

}  // namespace

Upsample::Upsample(InterpolateOptions options) : options_(std::move(options)) {}

Tensor Upsample::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return interpolate(in, options_); }, x);
}

UpsamplingNearest2d::UpsamplingNearest2d(InterpolateOptions options)
    : Upsample(with(std::move(options), InterpolationMode::nearest, false)) {}

UpsamplingBilinear2d::UpsamplingBilinear2d(InterpolateOptions options)
    : Upsample(with(std::move(options), InterpolationMode::linear, true)) {}

detail::PixelMove::PixelMove(decltype(&pixel_shuffle) function, std::int64_t factor)
    : function_(function), factor_(factor) {}

Tensor detail::PixelMove::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, factor_, {}); }, x);
}

PixelShuffle::PixelShuffle(std::int64_t factor) : PixelMove(&pixel_shuffle, factor) {}
PixelUnshuffle::PixelUnshuffle(std::int64_t factor) : PixelMove(&pixel_unshuffle, factor) {}
ChannelShuffle::ChannelShuffle(std::int64_t groups) : PixelMove(&channel_shuffle, groups) {}

Unfold::Unfold(const PerAxis& kernel_size, const FoldOptions& options)
    : kernel_(kernel_size), options_(options) {}

Tensor Unfold::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return unfold(in, kernel_, options_); }, x);
}

Fold::Fold(const PerAxis& output_size, const PerAxis& kernel_size, const FoldOptions& options)
    : size_(output_size), kernel_(kernel_size), options_(options) {}

Tensor Fold::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return fold(in, size_, kernel_, options_); }, x);
}

}  // namespace cinta::nn
