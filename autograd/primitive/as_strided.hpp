#pragma once
// Elements of a tensor at any steps through its memory.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// View of the elements offset + sum of index * stride of the dense `x`, counted in row-major
/// order. Elements may be shown several times; their gradients add up. Throws ShapeError if x is
/// not dense or has no such element.
Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides,
                  std::int64_t offset = 0, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
