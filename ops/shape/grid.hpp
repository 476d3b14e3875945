#pragma once
// Grids of coordinates.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Which axis the first tensor runs along: `ij` the first, as rows of a matrix; `xy` the second, as
/// x in a picture.
enum class Indexing { ij, xy };
/// Views of these vectors, each along its own axis of one grid with the sizes of all. Numbers count
/// as vectors of one. Throws ShapeError for more axes.
Tensors meshgrid(const Tensors& vectors, Indexing indexing = Indexing::ij, Site site = {});

/// All combinations of elements, one from each vector: (product of their sizes, number of vectors),
/// the last vector fastest; dtypes promote. Throws ShapeError unless all have one axis, ValueError
/// for no vectors.
Tensor cartesian_prod(const Tensors& vectors, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
