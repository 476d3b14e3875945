#include <cinta/ops/nn/spatial/detail/planes.hpp>
#include <cinta/ops/nn/spatial/detail/window.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta::detail {
namespace {

// Elements of y at indices; with `all`, those that did not stay get 0. The adjoint of
// put_in_planes.
Tensor take_from_planes(const Tensor& y, const Tensor& indices, std::int64_t planes, bool all) {
  return apply(
      {"max_pool_take", Save::input(1), {}}, {y, indices}, Spec{indices.shape(), y.dtype()},
      [planes, all](const Inputs& in, const Tensor& x) {
        const Tensor from = contiguous(in[0]), where = contiguous(in[1]);
        kernels::take_from_planes(planes, all, from, where, x);
      },
      [planes, all](const Grad& g) {
        return put_in_planes({"max_pool_put"}, g.dy, g.in(1), planes, all, g.shape(0));
      },
      no_gradient);
}

}  // namespace

std::int64_t planes_of(const Tensor& x, int axes) {
  std::int64_t planes = 1;
  for (int i = 0; i < x.rank() - axes; ++i) planes *= x.shape()[i];
  return planes;
}

kernels::PoolGeometry plain_geometry(const Tensor& x, int axes) {
  kernels::PoolGeometry g{.planes = planes_of(x, axes)};
  for (int i = 0; i < axes; ++i) g.x[std::size_t(3 - axes + i)] = spatial_size(x, axes, i);
  return g;
}

Tensor put_in_planes(const Op& op, const Tensor& x, const Tensor& indices, std::int64_t planes,
                     bool add, const Shape& shape) {
  return apply(
      op.saving(Save::input(1)), {x, indices}, Spec{shape, x.dtype()},
      [planes, add](const Inputs& in, const Tensor& y) {
        const Tensor from = contiguous(in[0]), where = contiguous(in[1]);
        kernels::put_in_planes(planes, add, from, where, y);
      },
      [planes, add](const Grad& g) { return take_from_planes(g.dy, g.in(1), planes, add); },
      no_gradient);
}

}  // namespace cinta::detail
