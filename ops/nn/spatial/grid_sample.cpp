#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/nn/spatial/resize.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>
#include <optional>

namespace cinta {
namespace {

// f of each element, as a constant.
template <class F>
Tensor steps(const char* name, const Tensor& x, F f) {
  return std::move(apply(
      {name, Save::nothing(), {}}, {x}, OutputSpecs{{x.spec(), no_gradient}},
      [f](const Inputs& in, const Tensors& y) {
        const Tensor dense = contiguous(in[0]);
        dispatch_floating(dense.dtype(), [&]<class T>() {
          const T* from = dense.data<T>();
          T* to = y[0].data<T>();
          kernels::parallel_for(dense.numel(), kernels::grain,
                                [=](std::int64_t begin, std::int64_t end) {
                                  for (std::int64_t i = begin; i < end; ++i) to[i] = T(f(from[i]));
                                });
        });
      },
      no_gradient)[0]);
}

Tensor floor_of(const Tensor& x) {
  return steps("floor", x, [](auto v) { return std::floor(v); });
}

// Where a coordinate from -1 to 1 lies along an axis, in elements.
Tensor places(const Tensor& u, std::int64_t size, const GridSampleOptions& options) {
  const double n = double(size), last = n - 1;
  Tensor at = options.align_corners ? (u + 1) * (last / 2) : ((u + 1) * n - 1) / 2;
  if (options.padding_mode == GridPadding::reflection) {
    const double low = options.align_corners ? 0 : -0.5, span = options.align_corners ? last : n;
    if (span == 0) {
      at = at * 0;
    } else {
      const Tensor distance = abs(at - low), flips = floor_of(distance / span);
      const Tensor odd = floor_of(flips / 2) * -2 + flips, rest = distance - flips * span;
      at = where(eq(odd, 0), rest, span - rest) + low;
    }
  }
  return options.padding_mode == GridPadding::zeros ? at : clamp(at, 0, last);
}

// Elements of x (batch, channels, places) at (row, column) of an image; 0 beyond it.
Tensor elements(const Tensor& x, const Tensor& row, const Tensor& column, std::int64_t height,
                std::int64_t width) {
  const auto outside = [](const Tensor& at, std::int64_t size) {
    return logical_or(lt(at, 0), gt(at, double(size - 1)));
  };
  const Tensor beyond = logical_or(outside(row, height), outside(column, width));
  const auto index = [](const Tensor& at, std::int64_t size) {
    return to(clamp(at, 0, double(size - 1)), int64);
  };
  const Tensor ids = index(row, height) * width + index(column, width);
  Shape shape = x.shape();
  shape[2] = ids.shape()[1];
  const Tensor found = gather(x, 2, broadcast_to(unsqueeze(ids, 1), shape));
  return where(unsqueeze(beyond, 1), 0, found);
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid, GridSampleOptions options, Site site) {
  site = SiteScope::resolve(site);
  const Op op{"grid_sample", site};
  detail::check_defined(op, {x, grid});
  const std::string shapes = "grid_sample: x " + x.spec().str() + ", grid " + grid.spec().str();
  if (x.rank() != 4 || grid.rank() != 4 || grid.shape()[3] != 2 ||
      grid.shape()[0] != x.shape()[0]) {
    throw ShapeError(shapes +
                         ": x needs (batch, channels, height, width), grid (batch, out height, out "
                         "width, 2)",
                     site);
  }
  if (!is_floating(x.dtype()) || grid.dtype() != x.dtype())
    throw DtypeError(shapes + ": needs one floating dtype for both; convert with to()", site);
  const std::int64_t batch = x.shape()[0], channels = x.shape()[1], height = x.shape()[2],
                     width = x.shape()[3], out = grid.shape()[1] * grid.shape()[2];
  if (height * width == 0) throw ShapeError(shapes + ": x has images without elements", site);
  if (options.mode != InterpolationMode::linear && options.mode != InterpolationMode::nearest)
    throw ValueError("grid_sample: the mode must be linear or nearest", site);

  const SiteScope scope(site);
  const Tensor points = reshape(grid, {batch, out, 2});
  const Tensor images = reshape(x, {batch, channels, height * width});
  const Tensor column = places(select(points, 2, 0), width, options),
               row = places(select(points, 2, 1), height, options);
  Tensor y;
  if (options.mode == InterpolationMode::nearest) {
    const auto even = [](auto v) { return std::nearbyint(v); };
    y = elements(images, steps("round", row, even), steps("round", column, even), height, width);
  } else {
    const Tensor top = floor_of(row), left = floor_of(column);
    const Tensor down = row - top, right = column - left;
    for (int i = 0; i < 2; ++i) {
      for (int j = 0; j < 2; ++j) {
        const Tensor weight = (i ? down : 1 - down) * (j ? right : 1 - right);
        const Tensor term =
            elements(images, top + i, left + j, height, width) * unsqueeze(weight, 1);
        y = y.defined() ? y + term : term;
      }
    }
  }
  return reshape(y, {batch, channels, grid.shape()[1], grid.shape()[2]});
}

}  // namespace cinta
