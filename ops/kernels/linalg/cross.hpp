#pragma once
// Vector products.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y = a x b of vectors along `axis`, which has size 3. Dense arrays of one shape and dtype,
/// floating or int64; those are computed modulo 2^64.
void cross(const Array& a, const Array& b, int axis, const Array& y);

}  // namespace cinta::kernels
