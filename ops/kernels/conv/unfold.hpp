#pragma once
// Windows of planes as columns, and back. Dense arrays.

#include <array>
#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Planes x of (height, width), windows of `kernel` elements; y is (planes, taps, windows).
struct UnfoldGeometry {
  using Sizes = std::array<std::int64_t, 2>;

  std::int64_t planes;
  Sizes x, y, kernel, stride, padding, dilation;  // y: windows along each axis
};

/// The elements of all windows, zeros of the padding among them.
void unfold(const UnfoldGeometry& g, const Array& x, const Array& columns);
/// The adjoint: adds each element of a window to its place.
void fold(const UnfoldGeometry& g, const Array& columns, const Array& x);

}  // namespace cinta::kernels
