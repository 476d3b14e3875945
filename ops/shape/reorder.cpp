#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/reorder.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using detail::Range;

Tensor flipped(const Op& op, const Tensor& x, const Shape& marks) {
  Strides strides = x.strides();
  std::int64_t offset = 0;
  for (int i = 0; i < x.rank(); ++i) {
    if (!marks[i] || x.shape()[i] < 2) continue;
    offset += (x.shape()[i] - 1) * strides[i];
    strides[i] = -strides[i];
  }
  if (x.numel() == 0) offset = 0;
  return apply_view(op, x, x.shape(), strides, offset, [marks](const Grad& g) {
    return flipped({"flip", Save::nothing(), {}}, g.dy, marks);
  });
}

// Copies `from` to `to` shifted along the axes from `axis` on: two blocks for each.
void copy_rolled(const Tensor& from, const Tensor& to, const Shape& shifts, int axis) {
  while (axis < shifts.rank() && shifts[axis] == 0) ++axis;
  if (axis == shifts.rank()) return kernels::copy(from, to);
  const std::int64_t shift = shifts[axis], rest = from.shape()[axis] - shift;
  const auto part = [axis](const Tensor& x, std::int64_t start, std::int64_t count) {
    return Range{axis, start, 1, count}.view(x);
  };
  copy_rolled(part(from, 0, rest), part(to, shift, rest), shifts, axis + 1);
  copy_rolled(part(from, rest, shift), part(to, 0, shift), shifts, axis + 1);
}

// Shifts of all axes, none of them negative or beyond its axis.
Tensor rolled(const Op& op, const Tensor& x, const Shape& shifts) {
  return apply(
      op, {x}, x.spec(),
      [shifts](const Inputs& in, const Tensor& y) {
        if (y.numel() > 0) copy_rolled(in[0], y, shifts, 0);
      },
      [shifts](const Grad& g) {
        Shape back = shifts;
        for (int i = 0; i < back.rank(); ++i)
          if (back[i] != 0) back[i] = g.dy.shape()[i] - back[i];
        return rolled({"roll", Save::nothing(), {}}, g.dy, back);
      });
}

}  // namespace

Tensor flip(const Tensor& x, const Axes& axes, Site site) {
  const Op op{"flip", Save::nothing(), site, {{"axes", axes}}};
  detail::check_defined(op, {x});
  return flipped(op, x, axes.marks("flip", x.shape(), op.site));
}

Tensor rot90(const Tensor& x, std::int64_t quarters, Axis axis0, Axis axis1, Site site) {
  const Op op{
      "rot90", Save::nothing(), site, {{"quarters", quarters}, {"axis0", axis0}, {"axis1", axis1}}};
  detail::check_defined(op, {x});
  Axes({axis0, axis1}).marks("rot90", x.shape(), op.site);
  const OpScope scope(op);
  switch (quarters & 3) {  // of negative ones, too
    case 1: return transpose(flip(x, axis1), axis0, axis1);
    case 2: return flip(x, {axis0, axis1});
    case 3: return flip(transpose(x, axis0, axis1), axis1);
    default: return detail::identity_view(x);
  }
}

Tensor roll(const Tensor& x, const Shape& shifts, const Shape& axes, Site site) {
  const Op op{"roll", Save::nothing(), site, {{"shifts", shifts}, {"axes", axes}}};
  detail::check_defined(op, {x});
  if (shifts.rank() != axes.rank()) {
    throw ValueError(
        "roll: shifts " + shifts.str() + " and axes " + axes.str() + " differ in length", op.site);
  }
  Axes(axes).marks("roll", x.shape(), op.site);
  Shape all = Shape::filled(x.rank());
  for (int k = 0; k < axes.rank(); ++k) {
    const int at = normalize_axis("roll", axes[k], x.shape(), op.site);
    const std::int64_t size = x.shape()[at];
    if (size == 0) continue;
    all[at] = shifts[k] % size;
    if (all[at] < 0) all[at] += size;
  }
  return rolled(op, x, all);
}

Tensor roll(const Tensor& x, std::int64_t shift, std::optional<Axis> axis, Site site) {
  if (axis) return roll(x, Shape{shift}, Shape{int(*axis)}, site);
  const Op op{"roll", Save::nothing(), site, {{"shift", shift}}};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  return reshape(roll(flatten(x), shift, 0), x.shape());
}

}  // namespace cinta
