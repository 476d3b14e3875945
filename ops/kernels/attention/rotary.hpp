#pragma once

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Dense y (..., length, width) = dense x with its pairs turned by (row + offset) / base^(2i /
/// width), forwards or `back`; pairs lie side by side if `interleaved`, else half a row apart.
void rotate_pairs(const Array& x, const Array& y, double base, std::int64_t offset,
                  bool interleaved, bool back);

}  // namespace cinta::kernels
