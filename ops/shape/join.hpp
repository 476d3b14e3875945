#pragma once
// Tensors joined to one.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Joins tensors along an existing axis; other sizes must agree, dtypes promote.
Tensor cat(const Tensors& parts, Axis axis = 0, Site site = {});
/// Joins tensors of one shape along a new axis.
Tensor stack(const Tensors& parts, Axis axis = 0, Site site = {});

/// cat along axis 1, of vectors and numbers along axis 0.
Tensor hstack(const Tensors& parts, Site site = {});
/// cat along axis 0, where vectors count as rows and numbers as rows of one.
Tensor vstack(const Tensors& parts, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
