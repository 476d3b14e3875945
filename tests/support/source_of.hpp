#pragma once
// Broadcasting by plain arithmetic, for tests to compare with.

#include <cinta/autograd/core/shape.hpp>

/// Row-major place in `from` of the element that stands at place `flat` of a shape `to` that it
/// broadcasts to.
inline std::int64_t source_of(std::int64_t flat, const cinta::Shape& to, const cinta::Shape& from) {
  std::int64_t place = 0, step = 1;
  for (int i = to.rank() - 1; i >= 0; --i) {
    const std::int64_t k = flat % to[i];
    flat /= to[i];
    const int axis = i - (to.rank() - from.rank());
    if (axis < 0) continue;
    if (from[axis] != 1) place += k * step;
    step *= from[axis];
  }
  return place;
}
