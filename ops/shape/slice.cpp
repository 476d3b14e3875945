#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/slice.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using detail::Range, detail::without;
using std::to_string;

}  // namespace

Tensor slice(const Tensor& x, int axis, std::int64_t start, std::int64_t stop, std::int64_t step,
             Site site) {
  const Op op{"slice",
              Save::nothing(),
              site,
              {{"axis", axis}, {"start", start}, {"stop", stop}, {"step", step}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("slice", axis, x.shape(), op.site);
  if (step <= 0) throw ValueError("slice: step " + to_string(step) + " is not positive", op.site);
  const std::int64_t size = x.shape()[at];
  const auto bound = [size](std::int64_t i) {
    if (i < 0) i += size;
    return i < 0 ? 0 : i > size ? size : i;
  };
  const std::int64_t first = bound(start), last = bound(stop);
  const Range range{at, first, step, last > first ? (last - first - 1) / step + 1 : 0};
  const Layout view = range.in(x.shape(), x.strides());
  return apply_view(op, x, view.shape, view.strides, view.offset, [range](const Grad& g) {
    const Shape& whole = g.shape(0);
    return g.part(0, {.values = g.dy, .layout = range.in(whole, contiguous_strides(whole))});
  });
}

Tensor select(const Tensor& x, int axis, std::int64_t index, Site site) {
  const Op op{"select", Save::nothing(), site, {{"axis", axis}, {"index", index}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("select", axis, x.shape(), op.site);
  const std::int64_t size = x.shape()[at];
  if (index < -size || index >= size) {
    throw IndexError("select: index " + to_string(index) + " is out of range for axis " +
                         to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  if (index < 0) index += size;
  const auto place = [at, index](const Shape& shape, const Strides& strides) -> Layout {
    return {without(shape, at), without(strides, at), index * strides[at]};
  };
  const Layout view = place(x.shape(), x.strides());
  return apply_view(op, x, view.shape, view.strides, view.offset, [place](const Grad& g) {
    const Shape& whole = g.shape(0);
    return g.part(0, {.values = g.dy, .layout = place(whole, contiguous_strides(whole))});
  });
}

}  // namespace cinta
