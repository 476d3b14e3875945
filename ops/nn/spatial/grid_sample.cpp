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

// Elements of x (batch, channels, places) at coordinates of each axis, the last one's last; 0
// beyond the border, where NaN lies, too.
Tensor elements(const Tensor& x, const Tensors& at, const std::vector<std::int64_t>& sizes) {
  Tensor inside, ids;
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double last = double(sizes[i] - 1);
    const Tensor within = logical_and(ge(at[i], 0), le(at[i], last));
    const Tensor index = to(clamp(at[i], 0, last), int64);
    inside = i == 0 ? within : logical_and(inside, within);
    ids = i == 0 ? index : ids * sizes[i] + index;
  }
  Shape shape = x.shape();
  shape[2] = ids.shape()[1];
  const Tensor found = gather(x, 2, broadcast_to(unsqueeze(ids, 1), shape));
  return where(unsqueeze(inside, 1), found, 0);
}

// The sum over a point's neighbours, two along each axis, by how near they are.
Tensor linear_mean(const Tensor& x, const Tensors& at, const std::vector<std::int64_t>& sizes) {
  Tensors first, share;  // the neighbour before, and what belongs to the one behind
  for (const Tensor& place : at) {
    first.push_back(floor_of(place));
    share.push_back(place - first.back());
  }
  Tensor y;
  for (unsigned corner = 0; corner < 1u << at.size(); ++corner) {
    Tensors neighbour;
    Tensor weight;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const unsigned behind = corner >> (at.size() - 1 - i) & 1;
      neighbour.push_back(first[i] + std::int64_t(behind));
      const Tensor part = behind ? share[i] : 1 - share[i];
      weight = i == 0 ? part : weight * part;
    }
    const Tensor term = elements(x, neighbour, sizes) * unsqueeze(weight, 1);
    y = corner == 0 ? term : y + term;
  }
  return y;
}

}  // namespace

Tensor grid_sample(const Tensor& x, const Tensor& grid, GridSampleOptions options, Site site) {
  site = SiteScope::resolve(site);
  const Op op{"grid_sample", site};
  detail::check_defined(op, {x, grid});
  const auto shapes = [&] {
    return "grid_sample: x " + x.spec().str() + ", grid " + grid.spec().str();
  };
  const int axes = x.rank() - 2;
  if ((axes != 2 && axes != 3) || grid.rank() != x.rank() || grid.shape().back() != axes ||
      grid.shape()[0] != x.shape()[0]) {
    throw ShapeError(
        shapes() + (axes == 3
                        ? ": x needs (batch, channels, depth, height, width), grid (batch, out "
                          "depth, out height, out width, 3)"
                        : ": x needs (batch, channels, height, width), grid (batch, out "
                          "height, out width, 2)"),
        site);
  }
  if (!is_floating(x.dtype()) || grid.dtype() != x.dtype())
    throw DtypeError(shapes() + ": needs one floating dtype for both; convert with to()", site);
  if (options.mode != InterpolationMode::linear && options.mode != InterpolationMode::nearest)
    throw ValueError("grid_sample: the mode must be linear or nearest", site);
  const std::vector<std::int64_t> sizes(x.shape().begin() + 2, x.shape().end());
  const std::int64_t batch = x.shape()[0], channels = x.shape()[1];
  std::int64_t all = 1, points = 1;
  Shape y_shape = x.shape();
  for (int i = 0; i < axes; ++i) {
    all *= sizes[std::size_t(i)];
    points *= y_shape[2 + i] = grid.shape()[1 + i];
  }
  if (all == 0) throw ShapeError(shapes() + ": x has images without elements", site);

  const SiteScope scope(site);
  const Tensor flat = reshape(grid, {batch, points, std::int64_t(axes)});
  const Tensor images = reshape(x, {batch, channels, all});
  Tensors at;  // a grid names the last axis first
  for (int i = 0; i < axes; ++i)
    at.push_back(places(select(flat, 2, axes - 1 - i), sizes[std::size_t(i)], options));
  if (options.mode == InterpolationMode::linear)
    return reshape(linear_mean(images, at, sizes), y_shape);
  // Where coordinates are moved inside, those that are NaN are, too.
  const bool zeros = options.padding_mode == GridPadding::zeros;
  const auto even = [zeros](auto v) { return zeros || v == v ? std::nearbyint(v) : 0; };
  for (Tensor& place : at) place = steps("round", place, even);
  return reshape(elements(images, at, sizes), y_shape);
}

}  // namespace cinta
