#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/engine_ops.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/as_strided.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view.hpp>

namespace cinta {
namespace {

using std::to_string;

// Where the elements of a tensor lie within a stretch of memory.
struct Layout {
  Shape shape;
  Strides strides;
  std::int64_t offset;
};

// The elements from the lowest to the highest that a layout reaches; [0, -1] if it has none.
struct Extent {
  std::int64_t low = 0, high = 0;

  explicit Extent(const Shape& shape, const Strides& strides) {
    for (int i = 0; i < shape.rank(); ++i)
      (strides[i] < 0 ? low : high) += strides[i] * std::max<std::int64_t>(shape[i] - 1, 0);
    if (shape.numel() == 0) low = 0, high = -1;
  }
};

// The adjoint of as_strided: adds each element of x to its place among `count` zeros.
Tensor put_strided(const Tensor& x, const Layout& layout, std::int64_t count) {
  return apply(
      {"as_strided_backward", Save::nothing(), {}}, {x}, {{count}, x.dtype()},
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

// The layouts of a base and of a view in the stretch of memory that the base spans.
struct Places {
  Layout base, view;
  std::int64_t count;
  bool dense;  // the base fills it in order

  Places(const Tensor& whole, const Tensor& part)
      : base{whole.shape(), whole.strides(), 0}, view{part.shape(), part.strides(), 0} {
    const Extent extent(base.shape, base.strides);
    const auto distance = static_cast<const char*>(part.impl()->memory) -
                          static_cast<const char*>(whole.impl()->memory);
    base.offset = -extent.low;
    view.offset = distance / std::int64_t(size_of(whole.dtype())) - extent.low;
    count = extent.high - extent.low + 1;
    dense = whole.is_contiguous();
  }

  // x, which has the shape of the base, laid out as the base is.
  Tensor memory_of(const Tensor& x) const {
    return dense ? contiguous(x) : put_strided(x, base, count);
  }
  Tensor base_in(const Tensor& memory) const {
    return as_strided(memory, base.shape, base.strides, base.offset);
  }
  Tensor view_in(const Tensor& memory) const {
    return as_strided(memory, view.shape, view.strides, view.offset);
  }
};

}  // namespace

Tensor as_strided(const Tensor& x, const Shape& shape, const Strides& strides, std::int64_t offset,
                  Site site) {
  const Op op{"as_strided", Save::nothing(), site};
  detail::check_defined(op, {x});
  const auto refuse = [&](const std::string& why) {
    throw ShapeError("as_strided: " + why, op.site);
  };
  if (!x.is_contiguous()) refuse("the elements of x do not lie densely; pass contiguous(x)");
  if (shape.rank() != strides.rank())
    refuse("shape " + shape.str() + " and strides " + strides.str() + " differ in length");
  if (std::any_of(shape.begin(), shape.end(), [](std::int64_t size) { return size < 0; }))
    refuse("negative size in " + shape.str());
  const Extent extent(shape, strides);
  if (extent.high >= extent.low && (offset + extent.low < 0 || offset + extent.high >= x.numel())) {
    refuse("elements " + to_string(offset + extent.low) + " to " + to_string(offset + extent.high) +
           " do not lie within the " + to_string(x.numel()) + " of x");
  }
  const Layout layout{shape, strides, extent.high >= extent.low ? offset : 0};
  return apply_view(op, x, shape, strides, layout.offset, [layout](const Grad& g) {
    const Shape& to = g.shape(0);
    return reshape(put_strided(g.dy, layout, to.numel()), to);
  });
}

namespace detail {

Ref<Node> node_of_view(const Tensor& base, const Tensor& view) {
  const Places places(base, view);
  return make_node({"as_strided", Save::nothing(), base.node()->site()}, {base}, view,
                   [places](const Grad& g) {
                     return places.base_in(put_strided(g.dy, places.view, places.count));
                   });
}

Ref<Node> node_of_written(const Tensor& base, const Tensor& view, const Site& site) {
  const Places places(base, view);
  return make_node(
      {"as_strided_scatter", Save::nothing(), site}, {base, view}, base,
      [places](const Grad& g) {  // what was overwritten has no influence
        const Tensor memory = clone(places.memory_of(g.dy));
        fill_(places.view_in(memory), 0);
        return places.base_in(memory);
      },
      [places](const Grad& g) { return places.view_in(places.memory_of(g.dy)); });
}

}  // namespace detail
}  // namespace cinta
