#pragma once
// What lies beneath as_strided: layouts within a stretch of memory, and the adjoints.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// The lowest and the highest element that a layout reaches; [0, -1] if it has none.
struct Extent {
  std::int64_t low = 0, high = -1;
  bool fits = true;  ///< whether 64 bits can say which

  Extent(const Shape& shape, const Strides& strides, std::int64_t offset = 0);
  std::int64_t count() const { return high - low + 1; }
};

/// The adjoint of as_strided: adds each element of x, which has the shape of the layout, to its
/// place among the zeros of a dense tensor of `shape`. Differentiable.
Tensor put_strided(const Tensor& x, const Layout& layout, const Shape& shape);

/// x with zeros in the places of the layout, dense: x itself if nobody else holds it, else a copy.
/// Differentiable.
Tensor zero_strided(Tensor x, const Layout& layout);

}  // namespace cinta::detail
