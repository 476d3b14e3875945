#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/linalg/detail/matrix.hpp>
#include <cinta/ops/linalg/norm.hpp>
#include <cinta/ops/linalg/solve.hpp>
#include <cinta/ops/linalg/svd.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view.hpp>
#include <cmath>

namespace cinta {
namespace {

// The norm with its axes kept, for an order that is neither 0, 1 nor infinite: in units of the
// largest element, whose power may leave the range of numbers.
Tensor power_norm(const Op& op, const Tensor& x, const Axes& axes, const Shape& kept, double ord) {
  return apply(
      op.saving(Save::inputs() | Save::output()), {x}, {kept, x.dtype()},
      [axes, ord](const Inputs& in, const Tensor& y) {
        if (in[0].numel() == 0) return kernels::fill(y, 0);
        const Tensor size = abs(in[0]);
        const Tensor unit = ord > 0 ? max(size, axes, keepdims) : min(size, axes, keepdims);
        const Tensor scale =
            map([](auto u) { return where(u > 0 && u < INFINITY, u, 1); }, unit);
        const Tensor inside = size / scale;
        const Tensor total =
            ord == 2 ? sum(inside * inside, axes, keepdims) : sum(pow(inside, ord), axes, keepdims);
        kernels::copy(scale * (ord == 2 ? sqrt(total) : pow(total, 1 / ord)), y);
      },
      [ord](const Grad& g) {
        const Tensor y = g.out();
        if (ord == 2) {
          return map(
              [](auto dy, auto v, auto norm) { return dy * (v / where(norm == 0, 1, norm)); }, g.dy,
              g.in(0), y);
        }
        return map(
            [ord](auto dy, auto v, auto norm) {
              const auto usable = v != 0 && norm != 0;
              const auto share = where(usable, abs(v) / where(norm == 0, 1, norm), 1);
              return dy * where(usable, where(v < 0, -1, 1) * pow(share, ord - 1), 0);
            },
            g.dy, g.in(0), y);
      });
}

Tensor reshaped(const Tensor& y, const Shape& shape) {
  return y.shape() == shape ? y : reshape(y, shape);
}

}  // namespace

Tensor vector_norm(const Tensor& x, const Axes& axes, VectorNormOptions options, Site site) {
  const double ord = options.ord;
  const Op op{"vector_norm", Save::nothing(), site, {{"ord", ord}, {"axes", axes}}};
  detail::check_defined(op, {x});
  if (!is_floating(x.dtype())) {
    throw DtypeError(std::string("vector_norm: needs a floating dtype, got ") + name_of(x.dtype()) +
                         "; convert with to()",
                     op.site);
  }
  if (std::isnan(ord)) throw ValueError("vector_norm: the order is NaN", op.site);
  const SiteScope scope(op.site);
  const Shape kept = axes.reduced_keeping("vector_norm", x.shape(), op.site);
  const Shape shape = options.keepdims ? kept : axes.reduced("vector_norm", x.shape(), op.site);
  if ((ord < 0 || std::isinf(ord)) && x.numel() == 0 && kept.numel() > 0) {
    throw ShapeError("vector_norm: of no elements, " + x.shape().str() +
                         ", there is no norm of a negative or infinite order",
                     op.site);
  }
  if (ord == 0) return sum(to(ne(x, 0), x.dtype()), axes, options.keepdims);
  if (ord == 1) return sum(abs(x), axes, options.keepdims);
  if (std::isinf(ord)) {
    const Tensor size = abs(x);
    return ord > 0 ? max(size, axes, options.keepdims) : min(size, axes, options.keepdims);
  }
  return reshaped(power_norm(op, x, axes, kept, ord), shape);
}

Tensor matrix_norm(const Tensor& x, MatrixNorm norm, Site site) {
  const Op op{"matrix_norm", site};
  detail::check_matrix(op, x);
  const SiteScope scope(op.site);
  if (norm == MatrixNorm::fro) return vector_norm(x, {-2, -1});
  if (norm == MatrixNorm::nuc) return sum(svdvals(x), -1);
  if (x.size(-1) == 0 || x.size(-2) == 0) {
    throw ShapeError("matrix_norm: " + x.shape().str() + " has no elements to take the extreme of",
                     op.site);
  }
  switch (norm) {
    case MatrixNorm::spectral: return max(svdvals(x), -1);
    case MatrixNorm::smallest: return min(svdvals(x), -1);
    case MatrixNorm::columns: return max(sum(abs(x), -2), -1);
    case MatrixNorm::rows: return max(sum(abs(x), -1), -1);
    case MatrixNorm::columns_min: return min(sum(abs(x), -2), -1);
    default: return min(sum(abs(x), -1), -1);
  }
}

Tensor cond(const Tensor& a, MatrixNorm norm, Site site) {
  const Op op{"cond", site};
  const bool by_values = norm == MatrixNorm::spectral || norm == MatrixNorm::smallest;
  by_values ? detail::check_matrix(op, a) : detail::check_square(op, a);
  const SiteScope scope(op.site);
  if (!by_values) return matrix_norm(a, norm) * matrix_norm(inv(a), norm);
  const Tensor s = svdvals(a);
  if (s.size(-1) == 0)
    throw ShapeError("cond: " + a.shape().str() + " has no singular values", op.site);
  const Tensor largest = max(s, -1), smallest = min(s, -1);
  return norm == MatrixNorm::spectral ? largest / smallest : smallest / largest;
}

}  // namespace cinta
