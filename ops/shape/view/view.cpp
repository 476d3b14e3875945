#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <optional>

namespace cinta {
namespace {

using std::to_string;

// `shape` with its -1, if any, replaced by what the number of elements leaves.
Shape complete_shape(const Tensor& x, const Shape& shape, const Site& site) {
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("reshape: " + x.shape().str() + " to " + shape.str() + ": " + why, site);
  };
  Shape full = shape;
  int unknown = -1;
  Checked product = 1;
  for (int i = 0; i < shape.rank(); ++i) {
    if (shape[i] < -1) refuse("negative size");
    if (shape[i] != -1) {
      product *= shape[i];
    } else if (unknown < 0) {
      unknown = i;
    } else {
      refuse("only one size may be -1");
    }
  }
  if (!product.fits()) refuse("more elements than 64 bits can count");
  const std::int64_t known = product.value();
  if (unknown >= 0) {
    if (known == 0 || x.numel() % known != 0)
      refuse(to_string(x.numel()) + " elements do not divide by " + to_string(known));
    full[unknown] = x.numel() / known;
  } else if (known != x.numel()) {
    refuse(to_string(x.numel()) + " elements are not " + to_string(known));
  }
  return full;
}

// Strides that show x in `shape`, if no copy is needed: walks both shapes from the last axis and
// matches groups of axes that hold the same number of elements.
std::optional<Strides> view_strides(const Tensor& x, const Shape& shape) {
  if (x.is_contiguous()) return contiguous_strides(shape);
  Strides strides = Strides::filled(shape.rank());
  int to = shape.rank() - 1;
  int from = x.rank() - 1;
  while (from >= 0) {
    std::int64_t step = x.strides()[from], span = x.shape()[from];
    // Axes that continue each other in memory act as one.
    while (from > 0 && (x.shape()[from - 1] == 1 || x.strides()[from - 1] == step * span)) {
      span *= x.shape()[--from];
      if (span == 1) step = x.strides()[from];
    }
    std::int64_t covered = 1;
    while (to >= 0 && (covered < span || shape[to] == 1)) {
      strides[to] = step * covered;
      covered *= shape[to--];
    }
    if (covered != span) return std::nullopt;
    --from;
  }
  for (; to >= 0; --to) strides[to] = 1;
  return strides;
}

// `entries`, sizes or strides, with 1 at the marked places, or without what is marked.
Shape with_ones(const Shape& entries, const Shape& marks) {
  Shape out = Shape::filled(marks.rank(), 1);
  for (int i = 0, k = 0; i < marks.rank(); ++i)
    if (!marks[i]) out[i] = entries[k++];
  return out;
}
Shape without_marked(const Shape& entries, const Shape& marks) {
  int rank = 0;
  for (const std::int64_t mark : marks) rank += mark == 0;
  Shape out = Shape::filled(rank);
  for (int i = 0, k = 0; i < marks.rank(); ++i)
    if (!marks[i]) out[k++] = entries[i];
  return out;
}

Tensor with_axes(const Op& op, const Tensor& x, const Shape& marks);

Tensor without_axes(const Op& op, const Tensor& x, const Shape& marks) {
  return apply_view(op, x, without_marked(x.shape(), marks), without_marked(x.strides(), marks), 0,
                    [marks](const Grad& g) {
                      return with_axes({"unsqueeze", Save::nothing(), {}}, g.dy, marks);
                    });
}

Tensor with_axes(const Op& op, const Tensor& x, const Shape& marks) {
  return apply_view(op, x, with_ones(x.shape(), marks), with_ones(x.strides(), marks), 0,
                    [marks](const Grad& g) {
                      return without_axes({"squeeze", Save::nothing(), {}}, g.dy, marks);
                    });
}

}  // namespace

Tensor reshape(const Tensor& x, const Shape& shape, Site site) {
  const Op op{"reshape", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {x});
  const Shape full = complete_shape(x, shape, op.site);
  // Sizes beside a 0 are not held by the number of elements, and strides are their products.
  if (x.numel() == 0) checked_bytes(op.name, full, x.dtype(), op.site);
  const std::optional<Strides> strides = view_strides(x, full);
  if (!strides) return reshape(clone(x, op.site), full, op.site);
  return apply_view(op, x, full, *strides, 0,
                    [](const Grad& g) { return reshape(g.dy, g.shape(0)); });
}

Tensor flatten(const Tensor& x, Axis start_axis, Axis end_axis, Site site) {
  const Op op{
      "flatten", Save::nothing(), site, {{"start_axis", start_axis}, {"end_axis", end_axis}}};
  detail::check_defined(op, {x});
  const int start = axis_of_elements("flatten", start_axis, x.shape(), op.site);
  const int end = axis_of_elements("flatten", end_axis, x.shape(), op.site);
  if (start > end) {
    throw IndexError(
        "flatten: start axis " + to_string(start) + " lies behind end axis " + to_string(end),
        op.site);
  }
  Shape shape = Shape::filled(std::max(x.rank(), 1) - (end - start), 1);
  for (int i = 0; i < x.rank(); ++i)
    shape[i <= start ? i : i <= end ? start : i - (end - start)] *= x.shape()[i];
  return reshape(x, shape, op.site);
}

Tensor permute(const Tensor& x, const Shape& axes, Site site) {
  const Op op{"permute", Save::nothing(), site, {{"axes", axes}}};
  detail::check_defined(op, {x});
  Shape shape = Shape::filled(x.rank()), inverse = Shape::filled(x.rank(), -1);
  Strides strides = Strides::filled(x.rank());
  bool valid = axes.rank() == x.rank();
  for (int i = 0; valid && i < x.rank(); ++i) {
    const int axis = normalize_axis("permute", axes[i], x.shape(), op.site);
    valid = inverse[axis] == -1;
    inverse[axis] = i;
    shape[i] = x.shape()[axis];
    strides[i] = x.strides()[axis];
  }
  if (!valid) {
    throw ValueError(
        "permute: axes " + axes.str() + " do not name each axis of " + x.shape().str() + " once",
        op.site);
  }
  return apply_view(op, x, shape, strides, 0,
                    [inverse](const Grad& g) { return permute(g.dy, inverse); });
}

Tensor transpose(const Tensor& x, Axis axis0, Axis axis1, Site site) {
  const Op op{"transpose", Save::nothing(), site, {{"axis0", axis0}, {"axis1", axis1}}};
  detail::check_defined(op, {x});
  const int a = axis_of_elements("transpose", axis0, x.shape(), op.site);
  const int b = axis_of_elements("transpose", axis1, x.shape(), op.site);
  if (x.rank() == 0) return permute(x, {}, op.site);
  Shape shape = x.shape();
  Strides strides = x.strides();
  std::swap(shape[a], shape[b]);
  std::swap(strides[a], strides[b]);
  return apply_view(op, x, shape, strides, 0,
                    [a, b](const Grad& g) { return transpose(g.dy, a, b); });
}

Tensor swapaxes(const Tensor& x, Axis axis0, Axis axis1, Site site) {
  const Op op{"swapaxes", Save::nothing(), site};
  const OpScope scope(op);
  return transpose(x, axis0, axis1);
}

Tensor movedim(const Tensor& x, const Shape& from, const Shape& to, Site site) {
  const Op op{"movedim", Save::nothing(), site, {{"from", from}, {"to", to}}};
  detail::check_defined(op, {x});
  if (from.rank() != to.rank()) {
    throw ValueError(
        "movedim: axes " + from.str() + " and places " + to.str() + " differ in length", op.site);
  }
  const Shape moved = Axes(from).marks("movedim", x.shape(), op.site);
  const Shape taken = Axes(to).marks("movedim", x.shape(), op.site);
  if (x.rank() == 0) return permute(x, {}, op.site);
  Shape order = Shape::filled(x.rank());
  for (int i = 0, next = 0; i < x.rank(); ++i) {
    if (taken[i]) continue;
    while (moved[next]) ++next;
    order[i] = next++;
  }
  for (int k = 0; k < from.rank(); ++k) {
    order[normalize_axis("movedim", to[k], x.shape(), op.site)] =
        normalize_axis("movedim", from[k], x.shape(), op.site);
  }
  return permute(x, order, op.site);
}

Tensor unsqueeze(const Tensor& x, const Axes& axes, Site site) {
  const Op op{"unsqueeze", Save::nothing(), site, {{"axes", axes}}};
  detail::check_defined(op, {x});
  if (axes.all()) throw ValueError("unsqueeze: needs the axes to add", op.site);
  return with_axes(op, x, axes.marks_of_new("unsqueeze", x.shape(), op.site));
}

Tensor squeeze(const Tensor& x, const Axes& axes, Site site) {
  const Op op{"squeeze", Save::nothing(), site, {{"axes", axes}}};
  detail::check_defined(op, {x});
  Shape marks = axes.marks("squeeze", x.shape(), op.site);
  for (int i = 0; i < x.rank(); ++i) {
    if (!marks[i] || x.shape()[i] == 1) continue;
    if (!axes.all()) {
      throw ShapeError("squeeze: axis " + to_string(i) + " of " + x.shape().str() + " has size " +
                           to_string(x.shape()[i]) + ", not 1",
                       op.site);
    }
    marks[i] = 0;
  }
  return without_axes(op, x, marks);
}

}  // namespace cinta
