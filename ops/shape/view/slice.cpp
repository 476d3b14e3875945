#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using detail::Range, detail::without;
using std::to_string;

// What Python's start:stop:step names of an axis of this size.
Range range_of(int axis, std::int64_t size, std::int64_t start, std::int64_t stop,
               std::int64_t step) {
  const bool forwards = step > 0;
  const std::int64_t lowest = forwards ? 0 : -1, highest = forwards ? size : size - 1;
  const auto bound = [=](std::int64_t i) {
    if (i < 0) i += size;
    return std::clamp(i, lowest, highest);
  };
  const std::int64_t first = bound(start);
  const std::int64_t last = stop == end_of_axis && !forwards ? -1 : bound(stop);
  const std::int64_t distance = forwards ? last - first : first - last;
  const std::uint64_t stride = forwards ? std::uint64_t(step) : 0 - std::uint64_t(step);
  const std::int64_t count =
      distance > 0 ? std::int64_t((std::uint64_t(distance) - 1) / stride) + 1 : 0;
  return {axis, first, step, count};
}

// The windows of an axis: where they lie.
struct Windows {
  int axis;
  std::int64_t size, step, count;

  Layout in(const Shape& shape, const Strides& strides) const {
    Layout layout{Shape::filled(shape.rank() + 1, size), Strides::filled(shape.rank() + 1)};
    for (int i = 0; i < shape.rank(); ++i) {
      layout.shape[i] = i == axis ? count : shape[i];
      layout.strides[i] = i == axis && count > 1 ? strides[i] * step : strides[i];
    }
    layout.strides[shape.rank()] = strides[axis];
    return layout;
  }
};

Tensor show(const Op& op, const Tensor& x, const Windows& windows);

// The adjoint: each window's elements added to their places.
Tensor add_windows(const Tensor& dy, const Windows& windows, const Shape& shape) {
  return apply(
      {"unfold_backward",
       Save::nothing(),
       {},
       {{"axis", windows.axis}, {"size", windows.size}, {"step", windows.step}}},
      {dy}, {shape, dy.dtype()},
      [windows](const Inputs& in, const Tensor& y) {
        kernels::fill(y, 0);
        const int last = in[0].rank() - 1;
        for (std::int64_t k = 0; k < windows.size; ++k) {
          const Range range{windows.axis, k, windows.step, windows.count};
          const Tensor part = alias(in[0], without(in[0].shape(), last),
                                    without(in[0].strides(), last), k * in[0].strides()[last]);
          kernels::accumulate(part, range.view(y));
        }
      },
      [windows](const Grad& g) {
        return show({"unfold", Save::nothing(), {}, {{"axis", windows.axis}}}, g.dy, windows);
      });
}

Tensor show(const Op& op, const Tensor& x, const Windows& windows) {
  const Layout view = windows.in(x.shape(), x.strides());
  return apply_view(op, x, view.shape, view.strides, 0,
                    [windows](const Grad& g) { return add_windows(g.dy, windows, g.shape(0)); });
}

}  // namespace

Tensor slice(const Tensor& x, Axis axis, std::int64_t start, std::int64_t stop, std::int64_t step,
             Site site) {
  const Op op{"slice",
              Save::nothing(),
              site,
              {{"axis", axis}, {"start", start}, {"stop", stop}, {"step", step}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("slice", axis, x.shape(), op.site);
  if (step == 0) throw ValueError("slice: step must not be 0", op.site);
  const std::int64_t size = x.shape()[at];
  const Range range = range_of(at, size, start, stop, step);
  const Layout view = range.in(x.shape(), x.strides());
  return apply_view(op, x, view.shape, view.strides, view.offset, [range](const Grad& g) {
    const Shape& whole = g.shape(0);
    return g.part(0, {.values = g.dy, .layout = range.in(whole, contiguous_strides(whole))});
  });
}

Tensor narrow(const Tensor& x, Axis axis, std::int64_t start, std::int64_t length, Site site) {
  const Op op{
      "narrow", Save::nothing(), site, {{"axis", axis}, {"start", start}, {"length", length}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("narrow", axis, x.shape(), op.site);
  const std::int64_t size = x.shape()[at];
  const std::int64_t first = start < 0 ? start + size : start;
  if (first < 0 || first > size || length < 0 || length > size - first) {
    throw IndexError("narrow: " + to_string(length) + " elements from " + to_string(start) +
                         " on do not lie within axis " + to_string(at) + " of " + x.shape().str(),
                     op.site);
  }
  return slice(x, at, first, first + length, 1, op.site);
}

Tensor unfold(const Tensor& x, Axis axis, std::int64_t size, std::int64_t step, Site site) {
  const Op op{"unfold", Save::nothing(), site, {{"axis", axis}, {"size", size}, {"step", step}}};
  detail::check_defined(op, {x});
  const int at = axis_of_elements("unfold", axis, x.shape(), op.site);
  const std::int64_t whole = at_least_1d(x.shape())[at];
  if (size < 0 || step <= 0) {
    throw ValueError("unfold: windows of " + to_string(size) + " elements every " +
                         to_string(step) + " do not exist",
                     op.site);
  }
  if (size > whole) {
    throw ShapeError("unfold: axis " + to_string(at) + " of " + x.shape().str() +
                         " is shorter than a window of " + to_string(size),
                     op.site);
  }
  // Of a number the only window, as in PyTorch.
  if (x.rank() == 0) return slice(reshape(x, {1}, op.site), 0, 0, size, 1, op.site);
  return show(op, x, {at, size, step, (whole - size) / step + 1});
}

Tensor select(const Tensor& x, Axis axis, std::int64_t index, Site site) {
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
