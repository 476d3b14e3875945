#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/slice.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using detail::Range;
using std::to_string;

// What a slice passes back: zeros of the whole shape with dy in the slice's place.
Tensor slice_backward(const Tensor& dy, const Shape& shape, const Range& range) {
  return apply(
      {"slice_backward", Save::nothing(), {}}, {dy}, {shape, dy.dtype()},
      [range](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        kernels::copy(in[0], range.view(y));
      },
      [range](const Grad& g) {
        // Up to just behind the last: a step further may not fit.
        const std::int64_t length = range.count ? (range.count - 1) * range.step + 1 : 0;
        return slice(g.dy, range.axis, range.start, range.start + length, range.step);
      });
}

}  // namespace

Tensor slice(const Tensor& x, Axis axis, std::int64_t start, std::int64_t stop, std::int64_t step,
             Site site) {
  const Op op{"slice", Save::nothing(), site};
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
  return apply_view(op, x, view.shape, view.strides, view.offset,
                    [range](const Grad& g) { return slice_backward(g.dy, g.shape(0), range); });
}

Tensor select(const Tensor& x, Axis axis, std::int64_t index, Site site) {
  const Op op{"select", Save::nothing(), site};
  detail::check_defined(op, {x});
  const int at = normalize_axis("select", axis, x.shape(), op.site);
  const std::int64_t size = x.shape()[at];
  if (index < -size || index >= size) {
    throw IndexError("select: index " + to_string(index) + " is out of range for axis " +
                         to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  if (index < 0) index += size;
  return squeeze(slice(x, at, index, index + 1, 1, op.site), at, op.site);
}

}  // namespace cinta
