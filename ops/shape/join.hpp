#pragma once
// Tensors joined to one.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Joins tensors along an existing axis; other sizes must agree, dtypes promote.
Tensor cat(const Tensors& parts, Axis axis = 0, Site site = {});
/// Joins tensors of one shape along a new axis.
Tensor stack(const Tensors& parts, Axis axis = 0, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
