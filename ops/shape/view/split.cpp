#include <cinta/autograd/core/checked.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/detail/range.hpp>
#include <cinta/ops/shape/view/split.hpp>
#include <limits>

namespace cinta {
namespace {

using std::to_string;

// Some parts of a tensor along one axis.
struct Parts {
  struct Part {
    std::int64_t start, size;
  };
  int axis;
  bool dropped;  // parts have size 1 there and do not show the axis
  std::vector<Part> parts = {};

  Layout layout(const Part& part, const Shape& shape, const Strides& strides) const {
    Layout layout = detail::Range{axis, part.start, 1, part.size}.in(shape, strides);
    if (!dropped) return layout;
    return {detail::without(layout.shape, axis), detail::without(layout.strides, axis),
            layout.offset};
  }
};

Tensor join(const Tensors& values, const Parts& where, const Spec& spec);

Tensors show(const Op& op, const Tensor& x, const Parts& where) {
  std::vector<Layout> layouts;
  layouts.reserve(where.parts.size());
  for (const Parts::Part& part : where.parts)
    layouts.push_back(where.layout(part, x.shape(), x.strides()));
  return apply_view(op, x, layouts, [where](const Grad& g) {
    Tensors dys;
    Parts used{where.axis, where.dropped};
    Dtype dtype = float32;
    for (std::size_t i = 0; i < where.parts.size(); ++i) {
      const Tensor& dy = g.dy_of(int(i));
      if (!dy.defined()) continue;
      dtype = dy.dtype();
      dys.push_back(dy);
      used.parts.push_back(where.parts[i]);
    }
    return join(dys, used, {g.shape(0), dtype});
  });
}

// The adjoint: zeros with these values in the places of the parts.
Tensor join(const Tensors& values, const Parts& where, const Spec& spec) {
  return apply(
      {"split_backward", Save::nothing(), {}, {{"axis", where.axis}}}, values, spec,
      [where](const Inputs& in, const Tensor& y) {
        std::int64_t covered = 0;
        for (const Parts::Part& part : where.parts) covered += part.size;
        if (covered != y.shape()[where.axis]) kernels::fill(y, 0);
        for (int i = 0; i < in.size(); ++i) {
          const Layout to = where.layout(where.parts[std::size_t(i)], y.shape(), y.strides());
          kernels::copy(in[i], alias(y, to.shape, to.strides, to.offset));
        }
      },
      [where](const Grad& g) {
        return show({"split", Save::nothing(), {}, {{"axis", where.axis}}}, g.dy, where);
      });
}

// Parts of these sizes, one after the other.
Parts consecutive(int axis, const std::vector<std::int64_t>& sizes, bool dropped = false) {
  Parts result{axis, dropped};
  std::int64_t start = 0;
  for (const std::int64_t size : sizes) {
    result.parts.push_back({start, size});
    start += size;
  }
  return result;
}

// `total` in parts of `size`; one part if there is nothing.
std::vector<std::int64_t> even_sizes(std::int64_t total, std::int64_t size) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t start = 0; start < total; start += size)
    sizes.push_back(std::min(size, total - start));
  if (sizes.empty()) sizes.push_back(0);
  return sizes;
}

}  // namespace

Tensors split(const Tensor& x, const Shape& sizes, int axis, Site site) {
  const Op op{"split", Save::nothing(), site, {{"sizes", sizes}, {"axis", axis}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("split", axis, x.shape(), op.site);
  Checked total = 0;
  for (const std::int64_t size : sizes) {
    if (size < 0) throw ShapeError("split: negative size in " + sizes.str(), op.site);
    total += size;
  }
  if (!total.fits() || total.value() != x.shape()[at]) {
    throw ShapeError("split: sizes " + sizes.str() + " add up to " +
                         (total.fits() ? to_string(total.value()) : "more than 64 bits") +
                         ", axis " + to_string(at) + " of " + x.shape().str() + " has " +
                         to_string(x.shape()[at]),
                     op.site);
  }
  return show(op, x, consecutive(at, {sizes.begin(), sizes.end()}));
}

Tensors detail::split_evenly(const Tensor& x, std::int64_t size, int axis, const Site& site) {
  const Op op{"split", Save::nothing(), site, {{"size", size}, {"axis", axis}}};
  check_defined(op, {x});
  const int at = normalize_axis("split", axis, x.shape(), op.site);
  const std::int64_t total = x.shape()[at];
  if (size < 0 || (size == 0 && total > 0))
    throw ValueError("split: size " + to_string(size) + " is not positive", op.site);
  return show(op, x, consecutive(at, even_sizes(total, size)));
}

Tensors chunk(const Tensor& x, std::int64_t count, int axis, Site site) {
  const Op op{"chunk", Save::nothing(), site, {{"count", count}, {"axis", axis}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("chunk", axis, x.shape(), op.site);
  if (count <= 0)
    throw ValueError("chunk: the number of chunks " + to_string(count) + " is not positive",
                     op.site);
  const std::int64_t total = x.shape()[at];
  if (total > 0) return show(op, x, consecutive(at, even_sizes(total, (total - 1) / count + 1)));
  // A node counts its outputs by an int.
  if (count > std::numeric_limits<int>::max())
    throw ValueError("chunk: " + to_string(count) + " empty chunks are too many", op.site);
  return show(op, x, consecutive(at, std::vector<std::int64_t>(std::size_t(count), 0)));
}

Tensors unbind(const Tensor& x, int axis, Site site) {
  const Op op{"unbind", Save::nothing(), site, {{"axis", axis}}};
  detail::check_defined(op, {x});
  const int at = normalize_axis("unbind", axis, x.shape(), op.site);
  const std::vector<std::int64_t> ones(std::size_t(x.shape()[at]), 1);
  return show(op, x, consecutive(at, ones, true));
}

}  // namespace cinta
