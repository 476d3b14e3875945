#pragma once
// Images of other sizes: interpolation, pixels moved between channels and places, sampling at any
// points and at those of affine maps.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

enum class InterpolationMode {
  nearest,        ///< element floor(o * in / out)
  nearest_exact,  ///< element floor((o + 1/2) * in / out)
  linear,         ///< along each axis: PyTorch's linear, bilinear and trilinear
  bicubic,        ///< Keys' cubic with a = -3/4, of two axes
  area            ///< means: adaptive_avg_pool
};

struct InterpolateOptions {
  PerAxis size = {};  ///< of the spatial axes; this or scale_factor
  /// For all axes or each: the size is floor(in * factor), and coordinates are scaled by 1 /
  /// factor, not by in / out, also where the size stays or doubles: of 1.25 and
  /// three elements PyTorch's linear, and its nearest of two axes, make a copy.
  std::vector<double> scale_factor = {};
  InterpolationMode mode = InterpolationMode::nearest;
  /// Linear and bicubic: the first and last elements' centres stay where they are; otherwise the
  /// edges of elements do.
  bool align_corners = false;
};

/// x (batch, channels, ...) of one to three spatial axes, with other sizes. Coordinate o of the
/// result is (o + 1/2) * in / out - 1/2 of x, or o * (in - 1) / (out - 1) with align_corners;
/// beyond the border its element counts. Throws ShapeError, DtypeError, ValueError.
Tensor interpolate(const Tensor& x, const InterpolateOptions& options, Site site = {});

/// (..., channels * factor^2, height, width) as (..., channels, height * factor, width * factor)
/// (Shi et al. 2016). Throws ShapeError, ValueError.
Tensor pixel_shuffle(const Tensor& x, std::int64_t factor, Site site = {});
/// The inverse.
Tensor pixel_unshuffle(const Tensor& x, std::int64_t factor, Site site = {});

/// Mixes groups of channels of x (batch, channels, ...): channel c of group g comes to place c *
/// groups + g (X. Zhang et al., ShuffleNet, 2018). Any dtype. Throws ShapeError where the groups do
/// not divide the channels, ValueError for groups below 1.
Tensor channel_shuffle(const Tensor& x, std::int64_t groups, Site site = {});

enum class GridPadding {
  zeros,      ///< beyond the border all is 0
  border,     ///< the border's elements count
  reflection  ///< coordinates are reflected at the border
};
struct GridSampleOptions {
  InterpolationMode mode = InterpolationMode::linear;  ///< or nearest, the even one of two as near
  GridPadding padding_mode = GridPadding::zeros;
  bool align_corners = false;  ///< -1 and 1 are the centres of the outer elements, not their edges
};
/// Elements of x (batch, channels, height, width) at the points of grid (batch, out height, out
/// width, 2), x before y, each from -1 to 1 across the image: (batch, channels, out height, out
/// width). Of volumes x (batch, channels, depth, height, width) at (batch, out depth, out height,
/// out width, 3), x before y before z. Gradients of x and, of linear mode, of the grid; at a point
/// on an element they are those of the side with the larger coordinate. A coordinate that is NaN
/// gives NaN in linear mode; in nearest mode 0 or, with another padding than zeros, the element at
/// 0, as in PyTorch. Throws ShapeError, DtypeError, ValueError.
Tensor grid_sample(const Tensor& x, const Tensor& grid, GridSampleOptions options = {},
                   Site site = {});

struct AffineGridOptions {
  bool align_corners = false;  ///< as grid_sample's
};
/// The grid at which grid_sample moves images by affine maps (Jaderberg et al., Spatial Transformer
/// Networks, 2015): theta (batch, 2, 3) times (x, y, 1) for the places of an image of `size`
/// (batch, channels, height, width), from -1 to 1 across it: (batch, height, width, 2). Of volumes
/// theta (batch, 3, 4), size (batch, channels, depth, height, width), the result (batch, depth,
/// height, width, 3). Channels are not looked at; of one place the coordinate is 0. Throws
/// ShapeError, DtypeError, ValueError for spatial sizes below 1.
Tensor affine_grid(const Tensor& theta, const Shape& size, AffineGridOptions options = {},
                   Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
