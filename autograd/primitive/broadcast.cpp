#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/detail/sum.hpp>
#include <cinta/ops/kernels/reduce/reduce.hpp>

namespace cinta {
namespace {

// Strides that show elements of `shape`, which is `kept` without some of its axes of size 1,
// broadcast to `wide`.
Strides strides_in(const Shape& shape, const Strides& strides, const Shape& kept,
                   const Shape& wide) {
  Strides with_axes = Strides::filled(kept.rank());
  int from = shape.rank() - 1;
  for (int i = kept.rank() - 1; i >= 0; --i)
    if (from >= 0 && shape[from] == kept[i]) with_axes[i] = strides[from--];
  return broadcast_strides(kept, with_axes, wide);
}

// View of x with the axes of `kept` that it lacks, broadcast to `wide`: the adjoint of sum_keeping.
Tensor broadcast_keeping(const Op& op, const Tensor& x, const Shape& kept, const Shape& wide) {
  return apply_view(op, x, wide, strides_in(x.shape(), x.strides(), kept, wide), 0,
                    [kept](const Grad& g) {
                      const Shape& to = g.shape(0);
                      const Op sum{"sum_to", Save::nothing(), {}, {{"shape", to}}};
                      return detail::sum_keeping(sum, g.dy, kept, to);
                    });
}

// `shape` with axes of size 1 before its own, so that its rank is that of what it broadcasts to.
Shape with_leading_axes(const Shape& shape, int rank) {
  Shape kept = Shape::filled(rank, 1);
  for (int i = 0; i < shape.rank(); ++i) kept[rank - shape.rank() + i] = shape[i];
  return kept;
}

}  // namespace

Tensor detail::sum_keeping(const Op& op, const Tensor& x, const Shape& kept, const Shape& shape) {
  return apply(
      op, {x}, {shape, is_floating(x.dtype()) ? x.dtype() : int64},
      [kept](const Inputs& in, const Tensor& y) {
        kernels::reduce(kernels::Reduce::sum, in[0], alias(y, kept, contiguous_strides(kept)));
      },
      [kept](const Grad& g) {
        const Shape& wide = g.shape(0);
        const Op broadcast{"broadcast_to", Save::nothing(), {}, {{"shape", wide}}};
        return broadcast_keeping(broadcast, g.dy, kept, wide);
      });
}

Tensor broadcast_to(const Tensor& x, const Shape& shape, Site site) {
  const Op op{"broadcast_to", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {x});
  if (!broadcasts_to(x.shape(), shape)) {
    throw ShapeError("broadcast_to: " + x.shape().str() + " does not broadcast to " + shape.str(),
                     op.site);
  }
  return broadcast_keeping(op, x, with_leading_axes(x.shape(), shape.rank()), shape);
}

Tensor sum_to(const Tensor& x, const Shape& shape, Site site) {
  const Op op{"sum_to", Save::nothing(), site, {{"shape", shape}}};
  detail::check_defined(op, {x});
  if (!broadcasts_to(shape, x.shape())) {
    throw ShapeError("sum_to: " + shape.str() + " does not broadcast to " + x.shape().str(),
                     op.site);
  }
  if (x.shape() == shape) return x;
  return detail::sum_keeping(op, x, with_leading_axes(shape, x.rank()), shape);
}

}  // namespace cinta
