#pragma once
// Triangles of matrices.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y = x on and below (`lower`) or on and above the diagonal `offset` of the matrices in the last
/// two axes, 0 elsewhere. Both dense, of one shape and dtype.
void copy_triangle(const Array& x, bool lower, std::int64_t offset, const Array& y);

}  // namespace cinta::kernels
