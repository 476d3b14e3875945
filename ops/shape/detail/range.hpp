#pragma once
// Private to the shape operations: positions along one axis.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

inline Shape without(const Shape& shape, int axis) {
  Shape out = Shape::filled(shape.rank() - 1);
  for (int i = 0; i < out.rank(); ++i) out[i] = shape[i < axis ? i : i + 1];
  return out;
}

/// The positions start, start + step, ... of one axis.
struct Range {
  int axis;
  std::int64_t start, step, count;

  /// Where they lie in a tensor of this shape and these strides.
  Layout in(const Shape& shape, const Strides& strides) const {
    Layout layout{shape, strides, count ? start * strides[axis] : 0};
    layout.shape[axis] = count;
    if (count > 1)
      layout.strides[axis] *= step;  // else there is no step to take, and it may not fit
    return layout;
  }
  Tensor view(const Tensor& x) const {
    const Layout layout = in(x.shape(), x.strides());
    return alias(x, layout.shape, layout.strides, layout.offset);
  }
};

}  // namespace cinta::detail
