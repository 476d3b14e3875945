#include <cinta/nn/spatial/resize.hpp>

namespace cinta::nn {
namespace {

InterpolateOptions with(InterpolateOptions options, InterpolationMode mode, bool align_corners) {
  options.mode = mode;
  options.align_corners = align_corners;
  return options;
}

}  // namespace

UpsamplingNearest2d::UpsamplingNearest2d(InterpolateOptions options)
    : Upsample(with(std::move(options), InterpolationMode::nearest, false)) {}

UpsamplingBilinear2d::UpsamplingBilinear2d(InterpolateOptions options)
    : Upsample(with(std::move(options), InterpolationMode::linear, true)) {}

}  // namespace cinta::nn
