#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/cross.hpp>
#include <cinta/ops/linalg/product/products.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

using std::to_string;

void check_ranks(const Op& op, const Tensor& a, int rank_a, const Tensor& b, int rank_b,
                 const char* needs) {
  detail::check_defined(op, {a, b});
  if (a.rank() == rank_a && b.rank() == rank_b) return;
  throw ShapeError(std::string(op.name) + ": needs " + needs + ", got " + a.shape().str() +
                       " and " + b.shape().str(),
                   op.site);
}

void check_batches(const Op& op, const Tensor& a, const Tensor& b) {
  check_ranks(op, a, 3, b, 3, "matrices in batches");
  if (a.shape()[0] == b.shape()[0]) return;
  throw ShapeError(std::string(op.name) + ": batches of " + a.shape().str() + " and " +
                       b.shape().str() + " differ; matmul broadcasts",
                   op.site);
}

Tensor added(const Op& op, const Tensor& x, const Tensor& product, AddProductOptions options) {
  detail::check_defined(op, {x});
  if (!broadcasts_to(x.shape(), product.shape())) {
    throw ShapeError(std::string(op.name) + ": " + x.shape().str() + " does not broadcast to " +
                         product.shape().str(),
                     op.site);
  }
  if (options.beta == 0) return product * options.alpha;
  return map([](Element v, Element p, Element beta, Element alpha) { return beta * v + alpha * p; },
             x, product, options.beta, options.alpha);
}

// The axes that are not marked, in their order, and the marked ones as they are listed.
Shape ordered(const Shape& marks, const Shape& listed, bool listed_last) {
  Shape order = Shape::filled(marks.rank());
  int next = 0;
  if (!listed_last)
    for (const std::int64_t axis : listed) order[next++] = axis;
  for (int i = 0; i < marks.rank(); ++i)
    if (!marks[i]) order[next++] = i;
  if (listed_last)
    for (const std::int64_t axis : listed) order[next++] = axis;
  return order;
}

}  // namespace

Tensor mv(const Tensor& matrix, const Tensor& vector, Site site) {
  const Op op{"mv", Save::nothing(), site};
  const OpScope scope(op);
  check_ranks(op, matrix, 2, vector, 1, "a matrix and a vector");
  return matmul(matrix, vector);
}

Tensor dot(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"dot", Save::nothing(), site};
  const OpScope scope(op);
  check_ranks(op, a, 1, b, 1, "two vectors");
  return matmul(a, b);
}

Tensor outer(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"outer", Save::nothing(), site};
  check_ranks(op, a, 1, b, 1, "two vectors");
  const OpScope scope(op);
  return unsqueeze(a, 1) * b;
}

Tensor inner(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"inner", Save::nothing(), site};
  const OpScope scope(op);
  detail::check_defined(op, {a, b});
  if (a.rank() == 0 || b.rank() == 0) {
    throw ShapeError(
        "inner: both need at least one axis, got " + a.shape().str() + " and " + b.shape().str(),
        op.site);
  }
  return tensordot(a, b, {-1}, {-1});
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Shape& axes_a, const Shape& axes_b,
                 Site site) {
  const Op op{"tensordot", Save::nothing(), site, {{"axes_a", axes_a}, {"axes_b", axes_b}}};
  detail::check_defined(op, {a, b});
  if (axes_a.rank() != axes_b.rank()) {
    throw ValueError(
        "tensordot: axes " + axes_a.str() + " and " + axes_b.str() + " differ in length", op.site);
  }
  const Shape marks_a = Axes(axes_a).marks("tensordot", a.shape(), op.site);
  const Shape marks_b = Axes(axes_b).marks("tensordot", b.shape(), op.site);
  Shape summed_a = axes_a, summed_b = axes_b;
  std::int64_t summed = 1;
  for (int k = 0; k < axes_a.rank(); ++k) {
    const int in_a = normalize_axis("tensordot", axes_a[k], a.shape(), op.site);
    const int in_b = normalize_axis("tensordot", axes_b[k], b.shape(), op.site);
    if (a.shape()[in_a] != b.shape()[in_b]) {
      throw ShapeError("tensordot: axis " + to_string(in_a) + " of " + a.shape().str() +
                           " and axis " + to_string(in_b) + " of " + b.shape().str() + " differ",
                       op.site);
    }
    summed_a[k] = in_a, summed_b[k] = in_b;
    summed *= a.shape()[in_a];
  }
  Shape left = Shape::filled(a.rank() + b.rank() - 2 * axes_a.rank());
  int next = 0;
  std::int64_t rows = 1, columns = 1;
  for (int i = 0; i < a.rank(); ++i)
    if (!marks_a[i]) rows *= left[next++] = a.shape()[i];
  for (int i = 0; i < b.rank(); ++i)
    if (!marks_b[i]) columns *= left[next++] = b.shape()[i];
  const OpScope scope(op);
  const Tensor of_a = reshape(permute(a, ordered(marks_a, summed_a, true)), {rows, summed});
  const Tensor of_b = reshape(permute(b, ordered(marks_b, summed_b, false)), {summed, columns});
  return reshape(matmul(of_a, of_b), left);
}

Tensor tensordot(const Tensor& a, const Tensor& b, std::int64_t axes, Site site) {
  const Op op{"tensordot", Save::nothing(), site, {{"axes", axes}}};
  detail::check_defined(op, {a, b});
  if (axes < 0 || axes > a.rank() || axes > b.rank()) {
    throw ValueError(
        "tensordot: " + to_string(axes) + " axes of " + a.shape().str() + " and " + b.shape().str(),
        op.site);
  }
  Shape of_a = Shape::filled(int(axes)), of_b = of_a;
  for (int k = 0; k < int(axes); ++k) {
    of_a[k] = a.rank() - axes + k;
    of_b[k] = k;
  }
  return tensordot(a, b, of_a, of_b, op.site);
}

Tensor bmm(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"bmm", Save::nothing(), site};
  const OpScope scope(op);
  check_batches(op, a, b);
  return matmul(a, b);
}

Tensor addmm(const Tensor& x, const Tensor& a, const Tensor& b, AddProductOptions options,
             Site site) {
  const Op op{"addmm", Save::nothing(), site, {{"beta", options.beta}, {"alpha", options.alpha}}};
  const OpScope scope(op);
  check_ranks(op, a, 2, b, 2, "two matrices");
  return added(op, x, matmul(a, b), options);
}

Tensor baddbmm(const Tensor& x, const Tensor& a, const Tensor& b, AddProductOptions options,
               Site site) {
  const Op op{"baddbmm", Save::nothing(), site, {{"beta", options.beta}, {"alpha", options.alpha}}};
  const OpScope scope(op);
  check_batches(op, a, b);
  return added(op, x, matmul(a, b), options);
}

Tensor cross(const Tensor& a, const Tensor& b, Axis axis, Site site) {
  const Op op{"cross", Save::inputs(), site, {{"axis", axis}}};
  detail::check_defined(op, {a, b});
  const Shape shape = broadcast_shapes("cross", a.shape(), b.shape(), op.site);
  const int at = normalize_axis("cross", axis, shape, op.site);
  if (shape[at] != 3) {
    throw ShapeError("cross: axis " + to_string(at) + " of " + shape.str() + " has size " +
                         to_string(shape[at]) + ", not 3",
                     op.site);
  }
  const Dtype dtype = promote(promote(a.dtype(), b.dtype()), int64);
  // What is left of the axes of a and b, counted from the end, is in the gradients too.
  const Axis axis_of_both = at - shape.rank();
  return apply(
      op, {to(a, dtype, op.site), to(b, dtype, op.site)}, {shape, dtype},
      [shape, at](const Inputs& in, const Tensor& y) {
        kernels::cross(contiguous(broadcast_to(in[0], shape)),
                       contiguous(broadcast_to(in[1], shape)), at, y);
      },
      [axis_of_both](const Grad& g) { return cross(g.in(1), g.dy, axis_of_both); },
      [axis_of_both](const Grad& g) { return cross(g.dy, g.in(0), axis_of_both); });
}

Tensor kron(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"kron", Save::nothing(), site};
  detail::check_defined(op, {a, b});
  const int rank = std::max(a.rank(), b.rank());
  Shape of_a = Shape::filled(2 * rank, 1), of_b = of_a, joined = Shape::filled(rank, 1);
  for (int i = 0; i < rank; ++i) {
    const int in_a = i - (rank - a.rank()), in_b = i - (rank - b.rank());
    if (in_a >= 0) of_a[2 * i] = a.shape()[in_a];
    if (in_b >= 0) of_b[2 * i + 1] = b.shape()[in_b];
    joined[i] = of_a[2 * i] * of_b[2 * i + 1];
  }
  const OpScope scope(op);
  return reshape(reshape(a, of_a) * reshape(b, of_b), joined);
}

}  // namespace cinta
