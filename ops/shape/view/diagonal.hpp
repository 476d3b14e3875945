#pragma once
// Diagonals, triangles and matrices made of them. `offset` counts diagonals: 0 is the main one,
// positive ones lie above it.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// View of the elements with equal indices (column = row + offset) along two axes, which disappear;
/// the diagonal is a new last axis, empty where the offset leads outside. Throws ValueError if the
/// two axes are one.
Tensor diagonal(const Tensor& x, std::int64_t offset = 0, Axis axis0 = 0, Axis axis1 = 1,
                Site site = {});
/// The opposite: the last axis of x becomes the diagonal of zeros, along two axes that stand at
/// these places of the result.
Tensor diag_embed(const Tensor& x, std::int64_t offset = 0, Axis axis0 = -2, Axis axis1 = -1,
                  Site site = {});
/// diagonal of a matrix, diag_embed of a vector. Throws ShapeError for other numbers of axes.
Tensor diag(const Tensor& x, std::int64_t offset = 0, Site site = {});

/// The matrices in the last two axes with zeros above (below) the diagonal `offset`, whatever stood
/// there. Throws ShapeError for fewer than two axes.
Tensor tril(const Tensor& x, std::int64_t offset = 0, Site site = {});
Tensor triu(const Tensor& x, std::int64_t offset = 0, Site site = {});

/// A matrix with these along its diagonal and zeros elsewhere. Vectors count as rows, numbers as
/// 1 x 1; dtypes promote. Throws ShapeError for more than two axes, ValueError for no matrices.
Tensor block_diag(const Tensors& matrices, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
