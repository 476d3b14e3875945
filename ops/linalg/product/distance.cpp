#include <cinta/autograd/checkpoint.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/linalg/distance.hpp>
#include <cinta/ops/linalg/product/distance.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

Dtype common(const Tensor& a, const Tensor& b) {
  return promote(promote(a.dtype(), b.dtype()), float32);
}

Tensor differences_along(const Tensor& v, const Tensor& a, const Tensor& b);

// Sums of the differences between a row of a and the rows of b, by weights (batch, n, m). Not as a
// product of matrices: near rows, whose weights are large, would lose what they differ in.
Tensor weighted_differences(const Tensor& w, const Tensor& a, const Tensor& b) {
  return apply(
      {"weighted_differences", Save::inputs(), {}}, {w, a, b}, a.spec(),
      [](const Inputs& in, const Tensor& y) {
        kernels::weighted_differences(contiguous(in[0]), contiguous(in[1]), contiguous(in[2]), y);
      },
      [](const Grad& g) { return differences_along(g.dy, g.in(1), g.in(2)); },
      [](const Grad& g) { return g.dy * sum(g.in(0), -1, keepdims); },
      [](const Grad& g) { return -matmul(transpose(g.in(0)), g.dy); });
}

// The adjoint in w: a vector for each row of a, times the differences (batch, n, m).
Tensor differences_along(const Tensor& v, const Tensor& a, const Tensor& b) {
  return apply(
      {"differences_along", Save::inputs(), {}}, {v, a, b},
      {{a.shape()[0], a.shape()[1], b.shape()[1]}, a.dtype()},
      [](const Inputs& in, const Tensor& y) {
        kernels::differences_along(contiguous(in[0]), contiguous(in[1]), contiguous(in[2]), y);
      },
      [](const Grad& g) { return weighted_differences(g.dy, g.in(1), g.in(2)); },
      [](const Grad& g) { return g.in(0) * sum(g.dy, -1, keepdims); },
      [](const Grad& g) { return -matmul(transpose(g.dy), g.in(0)); });
}

// What rows of a get from gradients `dy` of their distances `y` to rows of b: the sum of dy / y
// times the differences. By a subnormal distance it would be infinite; it counts as 0.
Tensor pulled(const Tensor& dy, const Tensor& y, const Tensor& a, const Tensor& b) {
  const double least =
      y.dtype() == float32 ? std::numeric_limits<float>::min() : std::numeric_limits<double>::min();
  return weighted_differences(
      map([least](Element d, Element v) { return where(v < least, 0, d / v); }, dy, y), a, b);
}

// Euclidean distances of rows: (batch, n, d) and (batch, m, d).
Tensor euclidean(const Op& op, const Tensor& a, const Tensor& b) {
  return apply(
      op, {a, b}, {{a.shape()[0], a.shape()[1], b.shape()[1]}, a.dtype()},
      [](const Inputs& in, const Tensor& y) {
        kernels::distances(contiguous(in[0]), contiguous(in[1]), y);
      },
      [](const Grad& g) { return pulled(g.dy, g.out(), g.in(0), g.in(1)); },
      [](const Grad& g) { return pulled(transpose(g.dy), transpose(g.out()), g.in(1), g.in(0)); });
}

// By a norm of all differences, of so many rows at a time that these stay few: backward has them
// computed again.
Tensor distances_by_norm(const Tensor& a, const Tensor& b, double p, std::int64_t batch) {
  const auto distances = [p](const Tensor& x, const Tensor& y) {
    return norm(unsqueeze(x, -2) - unsqueeze(y, -3), p, -1);
  };
  constexpr std::int64_t most = 1 << 24;  // differences
  const double of_a_row = double(batch) * double(b.size(-2)) * double(b.size(-1));
  const std::int64_t n = a.size(-2),
                     rows = std::max(std::int64_t(1),
                                     std::int64_t(double(most) / std::max(of_a_row, 1.0)));
  if (n <= rows) return distances(a, b);
  Tensors parts;
  for (std::int64_t start = 0; start < n; start += rows)
    parts.push_back(checkpoint(distances, {slice(a, -2, start, std::min(start + rows, n)), b}));
  return cat(parts, -2);
}

// The powers of two by which vectors of these norms are brought to where their products are
// numbers.
Tensor scale_of(const Tensor& norms) {
  const bool single = norms.dtype() == float32;
  return map([](Element n, Element far,
                Element s) { return where(n > far, 1 / s, where(n < 1 / far, s, 1)); },
             norms.detach(), single ? 0x1p60 : 0x1p500, single ? 0x1p80 : 0x1p600);
}

}  // namespace

Tensor pairwise_distance(const Tensor& a, const Tensor& b, double p, double eps, bool keepdims,
                         Site site) {
  const Op op{
      "pairwise_distance", Save::nothing(), site, {{"p", p}, {"eps", eps}, {"keepdims", keepdims}}};
  const OpScope scope(op);
  detail::check_defined(op, {a, b});
  const Tensor difference = to(a, common(a, b)) - b;
  return norm(eps == 0 ? difference : difference + eps, p, -1, keepdims);
}

Tensor cdist(const Tensor& a, const Tensor& b, double p, Site site) {
  const Op op{"cdist", Save::inputs() | Save::output(), site, {{"p", p}}};
  const OpScope scope(op);
  detail::check_defined(op, {a, b});
  if (a.rank() < 2 || b.rank() < 2 || a.shape().back() != b.shape().back()) {
    throw ShapeError("cdist: needs (..., n, d) and (..., m, d), got " + a.shape().str() + " and " +
                         b.shape().str(),
                     op.site);
  }
  const Dtype dtype = common(a, b);
  const Tensor x = to(a, dtype), y = to(b, dtype);
  Shape leading_a = a.shape(), leading_b = b.shape();
  leading_a[a.rank() - 2] = leading_a[a.rank() - 1] = 1;
  leading_b[b.rank() - 2] = leading_b[b.rank() - 1] = 1;
  const Shape leading = broadcast_shapes(op.name, leading_a, leading_b, op.site);
  if (p != 2) return distances_by_norm(x, y, p, leading.numel());
  const auto batched = [&](const Tensor& rows) {
    Shape full = leading;
    full[full.rank() - 2] = rows.size(-2);
    full[full.rank() - 1] = rows.size(-1);
    return reshape(broadcast_to(rows, full), {leading.numel(), rows.size(-2), rows.size(-1)});
  };
  Shape shape = leading;
  shape[shape.rank() - 2] = x.size(-2);
  shape[shape.rank() - 1] = y.size(-2);
  return reshape(euclidean(op, batched(x), batched(y)), shape);
}

Tensor cosine_similarity(const Tensor& a, const Tensor& b, Axis axis, double eps, Site site) {
  const Op op{"cosine_similarity", Save::nothing(), site, {{"axis", axis}, {"eps", eps}}};
  detail::check_defined(op, {a, b});
  const Shape shape = broadcast_shapes(op.name, a.shape(), b.shape(), op.site);
  const int at = axis_of_elements(op.name, axis, shape, op.site);
  const OpScope scope(op);
  const Dtype dtype = common(a, b);
  const Tensor x = broadcast_to(to(a, dtype), shape), y = broadcast_to(to(b, dtype), shape);
  const Tensor u = norm(x, 2, at, keepdims), v = norm(y, 2, at, keepdims);
  const Tensor p = scale_of(u), q = scale_of(v);
  const Tensor products =
      map([](Element m, Element n, Element r, Element s) { return m * r * (n * s); }, x, y, p, q);
  const Tensor cosines =
      map([](Element product, Element m, Element n, Element r, Element s,
             Element least) { return product / (maximum(m, least) * r * (maximum(n, least) * s)); },
          sum(products, at, keepdims), u, v, p, q, eps);
  return squeeze(cosines, at);
}

}  // namespace cinta
