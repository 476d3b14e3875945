#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/pad.hpp>

namespace cinta {
namespace {

using detail::Range;
using std::to_string;

const char* name_of(PadMode mode) {
  constexpr const char* names[] = {"constant", "reflect", "replicate", "circular"};
  return names[int(mode)];
}

// What is cut off each axis, which is what is left, and what is added around that.
struct Padding {
  PadMode mode;
  Number value;
  Shape crop, inner, before, after;

  Shape outer() const {
    Shape shape = inner;
    for (int i = 0; i < shape.rank(); ++i) shape[i] += before[i] + after[i];
    return shape;
  }
  // Of an array with the shape of x; of one with the shape of the result.
  Tensor cropped(const Tensor& x) const {
    Tensor part = x;
    for (int i = 0; i < inner.rank(); ++i) part = Range{i, crop[i], 1, inner[i]}.view(part);
    return part;
  }
  Tensor inside(const Tensor& y) const {
    Tensor part = y;
    for (int i = 0; i < inner.rank(); ++i) part = Range{i, before[i], 1, inner[i]}.view(part);
    return part;
  }
  // y along the axes that are padded already, the last ones: those before `axis` are still inner.
  Tensor from_axis(const Tensor& y, int axis) const {
    Tensor part = y;
    for (int i = 0; i < axis; ++i) part = Range{i, before[i], 1, inner[i]}.view(part);
    return part;
  }

  // Calls f(border, source) for what is added along an axis: where it lies in `part`, and where the
  // elements come from. The source of replicate has one element along the axis.
  template <class F>
  void for_each_border(const Tensor& part, int axis, const F& f) const {
    const std::int64_t low = before[axis], high = after[axis], n = inner[axis];
    const auto range = [&](std::int64_t start, std::int64_t step, std::int64_t count) {
      return Range{axis, start, step, count}.view(part);
    };
    if (low > 0) {
      f(range(0, 1, low), mode == PadMode::reflect     ? range(2 * low, -1, low)
                          : mode == PadMode::replicate ? range(low, 1, 1)
                                                       : range(n, 1, low));
    }
    if (high > 0) {
      f(range(low + n, 1, high), mode == PadMode::reflect     ? range(low + n - 2, -1, high)
                                 : mode == PadMode::replicate ? range(low + n - 1, 1, 1)
                                                              : range(low, 1, high));
    }
  }
};

void fill_borders(const Padding& padding, const Tensor& y) {
  for (int axis = padding.inner.rank() - 1; axis >= 0; --axis) {
    const Tensor part = padding.from_axis(y, axis);
    if (padding.mode == PadMode::constant) {
      const std::int64_t low = padding.before[axis], n = padding.inner[axis];
      kernels::fill(Range{axis, 0, 1, low}.view(part), padding.value);
      kernels::fill(Range{axis, low + n, 1, padding.after[axis]}.view(part), padding.value);
    } else {
      padding.for_each_border(part, axis, [](const Tensor& border, const Tensor& source) {
        kernels::copy(source, border);
      });
    }
  }
}

Tensor padded(const Op& op, const Tensor& x, const Padding& padding);

// The adjoint: what lies in the borders is added to where it came from, in the opposite order.
Tensor unpadded(const Tensor& dy, const Padding& padding, const Shape& shape) {
  return apply(
      {"pad_backward",
       Save::nothing(),
       {},
       {{"mode", name_of(padding.mode)}, {"before", padding.before}, {"after", padding.after}}},
      {dy}, {shape, dy.dtype()},
      [padding](const Inputs& in, const Tensor& dx) {
        Tensor sums = in[0];
        if (padding.mode != PadMode::constant) {
          sums = empty(in[0].shape(), in[0].dtype());
          kernels::copy(in[0], sums);
          for (int axis = 0; axis < padding.inner.rank(); ++axis) {
            padding.for_each_border(padding.from_axis(sums, axis), axis,
                                    [](const Tensor& border, const Tensor& source) {
                                      if (border.shape() == source.shape())
                                        return kernels::accumulate(border, source);
                                      const Tensor sum = empty(source.shape(), source.dtype());
                                      kernels::reduce(kernels::Reduce::sum, border, sum);
                                      kernels::accumulate(sum, source);
                                    });
          }
        }
        const Tensor part = padding.cropped(dx);
        if (part.numel() != dx.numel()) kernels::fill(dx, 0);
        kernels::copy(padding.inside(sums), part);
      },
      [padding](const Grad& g) {
        Padding same = padding;
        same.value = 0;
        return padded({"pad", Save::nothing(), {}, {{"mode", name_of(padding.mode)}}}, g.dy, same);
      });
}

Tensor padded(const Op& op, const Tensor& x, const Padding& padding) {
  return apply(
      op, {x}, {padding.outer(), x.dtype()},
      [padding](const Inputs& in, const Tensor& y) {
        if (y.numel() == 0) return;
        kernels::copy(padding.cropped(in[0]), padding.inside(y));
        fill_borders(padding, y);
      },
      [padding](const Grad& g) { return unpadded(g.dy, padding, g.shape(0)); });
}

}  // namespace

Tensor pad(const Tensor& x, const Shape& pads, PadOptions options, Site site) {
  const Op op{"pad", Save::nothing(), site, {{"pads", pads}, {"mode", name_of(options.mode)}}};
  detail::check_defined(op, {x});
  const int rank = x.rank(), mentioned = pads.rank() / 2;
  if (pads.rank() % 2 != 0 || mentioned > rank) {
    throw ValueError(
        "pad: " + pads.str() + " are not a pair for each of some axes of " + x.shape().str(),
        op.site);
  }
  const Shape none = Shape::filled(rank);
  Padding padding{options.mode, options.value, none, x.shape(), none, none};
  for (int k = 0; k < mentioned; ++k) {
    const int axis = rank - 1 - k;
    const std::int64_t before = pads[2 * k], after = pads[2 * k + 1];
    const auto refuse = [&](const std::string& why) {
      throw ShapeError("pad: " + to_string(before) + " and " + to_string(after) + " for axis " +
                           to_string(axis) + " of " + x.shape().str() + ": " + why,
                       op.site);
    };
    const Checked left = Checked(x.shape()[axis]) + std::min<std::int64_t>(before, 0) +
                         std::min<std::int64_t>(after, 0);
    if (!left.fits() || left.value() < 0) refuse("more is cropped than there is");
    const std::int64_t n = padding.inner[axis] = left.value();
    padding.crop[axis] = before < 0 ? -before : 0;
    padding.before[axis] = std::max<std::int64_t>(before, 0);
    padding.after[axis] = std::max<std::int64_t>(after, 0);
    const std::int64_t most = std::max(before, after);
    if (!(Checked(n) + padding.before[axis] + padding.after[axis]).fits())
      refuse("more elements than 64 bits can count");
    if (most <= 0) continue;
    if (options.mode == PadMode::reflect && most >= n)
      refuse("reflect needs pads smaller than the " + to_string(n) + " elements");
    if (options.mode == PadMode::circular && most > n)
      refuse("circular needs pads of at most the " + to_string(n) + " elements");
    if (options.mode == PadMode::replicate && n == 0) refuse("replicate needs elements");
  }
  return padded(op, x, padding);
}

}  // namespace cinta
