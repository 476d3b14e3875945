#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

// Where the elements of an axis lie: centres, or the outer ones at -1 and 1.
Tensor coordinates(std::int64_t size, const AffineGridOptions& options, Dtype dtype) {
  const std::int64_t span = options.align_corners ? std::max<std::int64_t>(size - 1, 1) : size;
  return to(arange(1 - size, size, 2, float64) / double(span), dtype);
}

}  // namespace

Tensor affine_grid(const Tensor& theta, const Shape& size, AffineGridOptions options, Site site) {
  site = SiteScope::resolve(site);
  detail::check_defined({"affine_grid", site}, {theta});
  const int axes = size.rank() - 2;
  const auto given = [&] {
    return "affine_grid: theta " + theta.spec().str() + ", size " + size.str();
  };
  if ((axes != 2 && axes != 3) || theta.shape() != Shape{size[0], axes, axes + 1}) {
    throw ShapeError(
        given() + (axes == 3 ? ": needs theta (batch, 3, 4) and size (batch, channels, "
                               "depth, height, width)"
                             : ": needs theta (batch, 2, 3) and size (batch, channels, "
                               "height, width)"),
        site);
  }
  if (!is_floating(theta.dtype()))
    throw DtypeError(given() + ": needs a floating dtype; convert with to()", site);
  Shape shape = Shape::filled(axes + 2);
  shape[0] = size[0];
  shape[axes + 1] = axes;
  for (int i = 0; i < axes; ++i) {
    shape[1 + i] = size[2 + i];
    if (size[2 + i] < 1) throw ValueError(given() + ": spatial sizes must be at least 1", site);
  }
  checked_bytes("affine_grid", shape, theta.dtype(), site);

  const SiteScope scope(site);
  // A column of theta at each of its places; the shortest axes first, where sums are small.
  const auto column = [&](int i) {
    Shape alone = Shape::filled(axes + 2, 1);
    alone[0] = size[0];
    alone[axes + 1] = axes;
    return reshape(select(theta, 2, i), alone);
  };
  Tensor grid = column(axes);
  for (int i = 0; i < axes; ++i) {  // theta names the last axis first
    Shape along = Shape::filled(axes + 2, 1);
    along[1 + i] = shape[1 + i];
    const Tensor places = coordinates(shape[1 + i], options, theta.dtype());
    grid = grid + reshape(places, along) * column(axes - 1 - i);
  }
  return grid;
}

}  // namespace cinta
