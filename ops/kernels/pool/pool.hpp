#pragma once
// Maxima and means over windows of one to three axes. All arrays are dense.

#include <array>
#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Windows over planes of x (depth, height, width), one for each element of those of y. Fewer axes
/// are the last ones, the others have size 1. Every window has an element of x.
struct PoolGeometry {
  using Sizes = std::array<std::int64_t, 3>;

  std::int64_t planes;
  Sizes x = {1, 1, 1}, y = {1, 1, 1};
  /// Window o begins at stride * o - padding; its elements are `dilation` apart.
  Sizes kernel = {1, 1, 1}, stride = {1, 1, 1}, padding = {}, dilation = {1, 1, 1};
  /// Or it is [floor(o * x / y), ceil((o + 1) * x / y)), whatever the sizes above are.
  bool adaptive = false;
};

/// What sums are divided by: the window's elements, those of the padding among them or not, or one
/// number.
struct PoolDivisor {
  bool counts_padding = true;
  double fixed = 0;  ///< unless 0
};

/// The largest element of each window and where it lies in its plane of x, int64. The first NaN
/// wins, otherwise the first of the largest.
void max_pool(const PoolGeometry& g, const Array& x, const Array& values, const Array& indices);

/// The same over windows of g.kernel elements whose places are drawn (Graham 2014): window o of n
/// begins at floor((o + u) a) - floor(u a) with a = (size - kernel) / (n - 1), the last at the end.
/// `samples` are dense, for each plane the u in [0, 1) of its last axes; of two the width's comes
/// first, as PyTorch has it.
void fractional_max_pool(const PoolGeometry& g, const Array& samples, const Array& x,
                         const Array& values, const Array& indices);

/// Means of the windows, and the adjoint: each dy, divided, is added to its window.
void avg_pool(const PoolGeometry& g, const PoolDivisor& divisor, const Array& x, const Array& y);
void avg_pool_adjoint(const PoolGeometry& g, const PoolDivisor& divisor, const Array& dy,
                      const Array& dx);

/// y[plane, indices[plane, i]] is x[plane, i], or their sum with `add`; otherwise the last one
/// stays. Elsewhere it is 0. The first `planes` parts of an array are its planes.
void put_in_planes(std::int64_t planes, bool add, const Array& x, const Array& indices,
                   const Array& y);
/// The adjoint: x[plane, i] is y[plane, indices[plane, i]], or 0 if that was not the last one and
/// `all` is not set.
void take_from_planes(std::int64_t planes, bool all, const Array& y, const Array& indices,
                      const Array& x);

}  // namespace cinta::kernels
