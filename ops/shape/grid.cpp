#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/shape/grid.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {

Tensors meshgrid(const Tensors& vectors, Indexing indexing, Site site) {
  const Op op{
      "meshgrid", Save::nothing(), site, {{"indexing", indexing == Indexing::ij ? "ij" : "xy"}}};
  detail::check_defined(op, vectors);
  const int count = int(vectors.size());
  // The axis of a vector.
  const auto axis = [&](int k) {
    return indexing == Indexing::xy && count > 1 && k < 2 ? 1 - k : k;
  };
  Shape grid = Shape::filled(count, 1);
  for (int k = 0; k < count; ++k) {
    const Tensor& vector = vectors[std::size_t(k)];
    if (vector.rank() > 1) {
      throw ShapeError("meshgrid: needs vectors, got the shape " + vector.shape().str(), op.site);
    }
    grid[axis(k)] = vector.numel();
  }
  Tensors views;
  for (int k = 0; k < count; ++k) {
    Shape along = Shape::filled(count, 1);
    along[axis(k)] = grid[axis(k)];
    views.push_back(broadcast_to(reshape(vectors[std::size_t(k)], along, op.site), grid, op.site));
  }
  return views;
}

Tensor cartesian_prod(const Tensors& vectors, Site site) {
  const Op op{"cartesian_prod", Save::nothing(), site};
  if (vectors.empty()) throw ValueError("cartesian_prod: needs at least one vector", op.site);
  detail::check_defined(op, vectors);
  for (const Tensor& vector : vectors) {
    if (vector.rank() != 1) {
      throw ShapeError("cartesian_prod: needs vectors, got the shape " + vector.shape().str(),
                       op.site);
    }
  }
  const OpScope scope(op);
  const Tensors grids = meshgrid(vectors);
  Tensors columns;
  for (const Tensor& grid : grids) columns.push_back(unsqueeze(grid, -1));
  return reshape(cat(columns, -1), {grids[0].numel(), std::int64_t(vectors.size())});
}

}  // namespace cinta
