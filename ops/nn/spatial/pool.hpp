#pragma once
// Maxima, means and norms over windows, of one, two or three spatial axes. x is (batch, channels,
// ...) or (channels, ...), of a floating dtype; only the spatial axes change.
//
// A window at each place of the output: floor((size + 2 * padding - dilation * (kernel - 1) - 1) /
// stride) + 1 of them along an axis; with ceil_mode rounded up, but none that begins behind the
// input and the padding before it. The stride is the kernel's size unless it is given. Errors:
// ShapeError where x does not fit or a window is larger than the padded input, DtypeError,
// ValueError for options; padding is at most half the kernel.

#include <cinta/autograd/tensor.hpp>
#include <cinta/ops/nn/spatial/per_axis.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct MaxPoolOptions {
  PerAxis stride = {};
  PerAxis padding = 0;  ///< never the largest
  PerAxis dilation = 1;
  bool ceil_mode = false;
};

/// The largest element of each window. NaN wins; of equal elements the first, in row-major order,
/// gets the gradient.
Tensor max_pool1d(const Tensor& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                  Site site = {});
Tensor max_pool2d(const Tensor& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                  Site site = {});
Tensor max_pool3d(const Tensor& x, const PerAxis& kernel, const MaxPoolOptions& options = {},
                  Site site = {});
/// The same, and where each lies: int64, counted in row-major order over the spatial axes of x.
ValuesAndIndices max_pool1d_with_indices(const Tensor& x, const PerAxis& kernel,
                                         const MaxPoolOptions& options = {}, Site site = {});
ValuesAndIndices max_pool2d_with_indices(const Tensor& x, const PerAxis& kernel,
                                         const MaxPoolOptions& options = {}, Site site = {});
ValuesAndIndices max_pool3d_with_indices(const Tensor& x, const PerAxis& kernel,
                                         const MaxPoolOptions& options = {}, Site site = {});

struct AvgPoolOptions {
  PerAxis stride = {};
  PerAxis padding = 0;
  bool ceil_mode = false;
  /// Whether zeros of the padding count as elements; what reaches beyond them never does.
  bool count_include_pad = true;
  std::optional<double> divisor_override = {};  ///< sums are divided by this instead
};

/// The mean of each window.
Tensor avg_pool1d(const Tensor& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                  Site site = {});
Tensor avg_pool2d(const Tensor& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                  Site site = {});
Tensor avg_pool3d(const Tensor& x, const PerAxis& kernel, const AvgPoolOptions& options = {},
                  Site site = {});

struct LpPoolOptions {
  PerAxis stride = {};
  bool ceil_mode = false;
};

/// (sum of |x|^p over each window)^(1/p), with p > 0. Powers are formed as they stand, so |x|^p has
/// to be within the dtype's range. The gradient of a window of zeros is 0. PyTorch leaves the sign
/// in odd powers; the norm is meant here. A window that ceil_mode lets reach beyond the input has
/// the sum of its elements; PyTorch's is their mean times the places of a whole one.
Tensor lp_pool1d(const Tensor& x, double p, const PerAxis& kernel,
                 const LpPoolOptions& options = {}, Site site = {});
Tensor lp_pool2d(const Tensor& x, double p, const PerAxis& kernel,
                 const LpPoolOptions& options = {}, Site site = {});
Tensor lp_pool3d(const Tensor& x, double p, const PerAxis& kernel,
                 const LpPoolOptions& options = {}, Site site = {});

/// Means and maxima of `size` windows along each axis that share it out: window o of n reaches from
/// floor(o * in / n) to ceil((o + 1) * in / n). A size of -1 leaves an axis as it is, as PyTorch's
/// None does: {-1, 7}. Throws ValueError for other sizes below 1.
Tensor adaptive_avg_pool1d(const Tensor& x, const PerAxis& size, Site site = {});
Tensor adaptive_avg_pool2d(const Tensor& x, const PerAxis& size, Site site = {});
Tensor adaptive_avg_pool3d(const Tensor& x, const PerAxis& size, Site site = {});
Tensor adaptive_max_pool1d(const Tensor& x, const PerAxis& size, Site site = {});
Tensor adaptive_max_pool2d(const Tensor& x, const PerAxis& size, Site site = {});
Tensor adaptive_max_pool3d(const Tensor& x, const PerAxis& size, Site site = {});
ValuesAndIndices adaptive_max_pool1d_with_indices(const Tensor& x, const PerAxis& size,
                                                  Site site = {});
ValuesAndIndices adaptive_max_pool2d_with_indices(const Tensor& x, const PerAxis& size,
                                                  Site site = {});
ValuesAndIndices adaptive_max_pool3d_with_indices(const Tensor& x, const PerAxis& size,
                                                  Site site = {});

struct MaxUnpoolOptions {
  PerAxis stride = {};
  PerAxis padding = 0;
  /// Where several sizes have that many windows: less than a stride from the one below.
  PerAxis output_size = {};
};

/// Puts each element of x at its index in a plane of zeros, of (size - 1) * stride - 2 * padding +
/// kernel places along each axis. Of several elements with one index the last stays and alone gets
/// the gradient. Throws IndexError for an index outside the plane, ValueError for an output_size
/// that cannot be.
Tensor max_unpool1d(const Tensor& x, const Tensor& indices, const PerAxis& kernel,
                    const MaxUnpoolOptions& options = {}, Site site = {});
Tensor max_unpool2d(const Tensor& x, const Tensor& indices, const PerAxis& kernel,
                    const MaxUnpoolOptions& options = {}, Site site = {});
Tensor max_unpool3d(const Tensor& x, const Tensor& indices, const PerAxis& kernel,
                    const MaxUnpoolOptions& options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
