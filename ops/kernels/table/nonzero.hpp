#pragma once
// Where an array is not 0.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// How many elements of the dense x are not 0; NaN is not.
std::int64_t count_nonzero(const Array& x);

/// Writes their row-major numbers to `places`, which has room for exactly so many.
void nonzero_places(const Array& x, std::int64_t* places);

}  // namespace cinta::kernels
