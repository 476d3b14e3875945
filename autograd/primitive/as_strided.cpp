#include <algorithm>
#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/as_strided.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/primitive/detail/strided.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta {

using std::to_string;

Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset,
                  Site site) {
  const Op op{"as_strided",
              Save::nothing(),
              site,
              {{"shape", shape}, {"strides", strides}, {"offset", offset}}};
  detail::check_defined(op, {x});
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("as_strided: " + why, op.site);
  };
  if (!x.is_contiguous()) refuse("the elements of x do not lie densely; pass contiguous(x)");
  if (shape.rank() != strides.rank())
    refuse("shape " + shape.str() + " and strides " + strides.str() + " differ in length");
  checked_bytes(op.name, shape, x.dtype(), op.site);
  const detail::Extent extent(shape, strides, offset);
  if (!extent.fits) {
    refuse("shape " + shape.str() + ", strides " + strides.str() + " and offset " +
           to_string(offset) + " lead beyond 64 bits");
  }
  const bool any = extent.low <= extent.high;
  if (any && (extent.low < 0 || extent.high >= x.numel())) {
    refuse("elements " + to_string(extent.low) + " to " + to_string(extent.high) +
           " do not lie within the " + to_string(x.numel()) + " of x");
  }
  Layout layout{shape, contiguous_strides(shape), any ? offset : 0};
  for (int i = 0; any && i < shape.rank(); ++i)
    if (shape[i] > 1) layout.strides[i] = strides[i];  // else no step is taken, and it may not fit
  return apply_view(op, x, shape, layout.strides, layout.offset, [layout](const Grad& g) {
    return g.part(0, {.values = g.dy, .layout = layout});
  });
}

namespace detail {

Extent::Extent(const Shape& shape, const Strides& strides, std::int64_t offset) {
  Checked lowest = offset, highest = offset;
  for (int i = 0; i < shape.rank(); ++i) {
    (strides[i] < 0 ? lowest : highest) +=
        Checked(strides[i]) * std::max<std::int64_t>(shape[i] - 1, 0);
  }
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return;
  fits = lowest.fits() && highest.fits();
  low = lowest.value();
  high = highest.value();
}

Tensor put_strided(const Tensor& x, const Layout& layout, const Shape& shape) {
  return apply(
      {"as_strided_backward",
       Save::nothing(),
       {},
       {{"shape", layout.shape}, {"strides", layout.strides}, {"offset", layout.offset}}},
      {x}, {shape, x.dtype()},
      [layout](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        const Tensor places = alias(y, layout.shape, layout.strides, layout.offset);
        if (may_overlap(layout.shape, layout.strides))
          kernels::accumulate_overlapping(in[0], places);
        else
          kernels::copy(in[0], places);
      },
      [layout](const Grad& g) {
        return as_strided(contiguous(g.dy), layout.shape, layout.strides, layout.offset);
      });
}

Tensor zero_strided(Tensor x, const Layout& layout) {
  if (!is_ours(x)) x = clone(x);
  return apply_in_place(
      {"as_strided_scatter_backward",
       Save::nothing(),
       {},
       {{"shape", layout.shape}, {"strides", layout.strides}, {"offset", layout.offset}}},
      x, {x},
      [layout](const Inputs&, const Tensor& y) {
        kernels::fill(alias(y, layout.shape, layout.strides, layout.offset), 0);
      },
      [layout](const Grad& g) { return zero_strided(g.take_dy(), layout); });
}

}  // namespace detail
}  // namespace cinta
