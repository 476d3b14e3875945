#pragma once
// The windows of pools, unfold and the like: their number along each axis.

#include <cinta/ops/nn/spatial/detail/spatial.hpp>

namespace cinta::detail {

/// x of an operation on `axes` spatial axes: (batch, channels, ...) or (channels, ...), floating.
/// Throws ShapeError, DtypeError.
void check_spatial(const std::string& name, const Tensor& x, int axes, const Site& site);

/// What windows are like along all axes; lists have been checked by `check_per_axis`.
struct Windows {
  PerAxis kernel, stride, padding, dilation;
  bool ceil_mode = false;

  /// Their number along spatial axis `axis`, of `size`. Throws ShapeError that names x's shape.
  std::int64_t count(const std::string& name, const Tensor& x, int axis, std::int64_t size,
                     const Site& site) const;
};

/// Size of spatial axis `axis` out of `axes`.
inline std::int64_t spatial_size(const Tensor& x, int axes, int axis) {
  return x.shape()[x.rank() - axes + axis];
}

}  // namespace cinta::detail
