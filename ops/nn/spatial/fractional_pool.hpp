#pragma once
// Maxima over windows whose places are drawn, so that sizes may shrink by any fraction.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta {

/// One of the first two is given.
struct FractionalMaxPoolOptions {
  PerAxis output_size = {};
  std::vector<double> output_ratio = {};  ///< for all axes or each: floor(size * ratio), in (0, 1)
  /// (batch, channels, axes), of the dtype of x and in [0, 1): where windows lie. Drawn anew in
  /// each call if not given. Of two axes the width's comes first, of three the depth's, as in
  /// PyTorch.
  Tensor random_samples = {};
};

/// The largest element of each window of `kernel` places (Graham 2014), of x (batch, channels, ...)
/// or (channels, ...), floating. With u drawn for each plane and axis, window o of n begins at
/// floor((o + u) a) - floor(u a), where a = (size - kernel) / (n - 1), and the last one at the end.
/// NaN wins; of equal elements the first gets the gradient. Throws ShapeError where so many windows
/// do not fit, DtypeError, ValueError.
Tensor fractional_max_pool2d(const Tensor& x, const PerAxis& kernel,
                             const FractionalMaxPoolOptions& options, Site site = {});
Tensor fractional_max_pool3d(const Tensor& x, const PerAxis& kernel,
                             const FractionalMaxPoolOptions& options, Site site = {});
/// The same, and where each lies: int64, counted in row-major order over the spatial axes of x.
ValuesAndIndices fractional_max_pool2d_with_indices(const Tensor& x, const PerAxis& kernel,
                                                    const FractionalMaxPoolOptions& options,
                                                    Site site = {});
ValuesAndIndices fractional_max_pool3d_with_indices(const Tensor& x, const PerAxis& kernel,
                                                    const FractionalMaxPoolOptions& options,
                                                    Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
