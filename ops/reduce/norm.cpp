#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/reduce/norm.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/reduce/scan.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/reorder.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

// The products of the elements before each one of a row.
Tensor products_before(const Tensor& rows) {
  const std::int64_t n = rows.shape()[1];
  const Tensor first = ones({rows.shape()[0], 1}, rows.dtype());
  return cat({first, slice(cumprod(rows, 1), 1, 0, n - 1)}, 1);
}

}  // namespace

Tensor norm(const Tensor& x, double p, const Axes& axes, bool keepdims, Site site) {
  const Op op{"norm",
              Save::inputs() | Save::output(),
              site,
              {{"p", p}, {"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  if (!(p >= 0)) {
    throw ValueError("norm: p must not be negative, got " + detail::text_of(p), op.site);
  }
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("norm", x.shape(), op.site);
  const Shape shape = keepdims ? kept : axes.reduced("norm", x.shape(), op.site);
  const Tensor in = detail::floating(x, op.site);
  if (std::isinf(p)) {
    if (x.numel() == 0 && kept.numel() != 0)
      throw ShapeError("norm: no elements to choose from in " + x.shape().str(), op.site);
    return max(abs(in), axes, keepdims);
  }
  if (p == 0) return sum(abs(sign(in)), axes, keepdims);
  const Tensor rows = detail::reduced_last(in, kept);
  const Tensor norms = apply(
      op, {rows}, {{kept.numel()}, rows.dtype()},
      [p](const Inputs& inputs, const Tensor& y) {
        kernels::norm_rows(contiguous(inputs[0]), p, y);
      },
      [p](const Grad& g) {
        const Tensor& v = g.in(0);
        const Tensor y = unsqueeze(g.out(), -1), dy = unsqueeze(g.dy, -1);
        if (p == 1) return map([](Element a, Element d) { return d * sign(a); }, v, dy);
        if (p == 2) {
          return map([](Element a, Element b, Element d) { return where(b == 0, 0, d * (a / b)); },
                     v, y, dy);
        }
        return map(
            [](Element a, Element b, Element d, Element power) {
              return where(a == 0, 0, d * sign(a) * pow(abs(a) / b, power));
            },
            v, y, dy, p - 1);
      });
  return reshape(norms, shape);
}

Tensor prod(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"prod", Save::inputs(), site, {{"axes", axes}, {"keepdims", keepdims}}};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("prod", x.shape(), op.site);
  const Tensor in = x.dtype() == boolean ? to(x, int64) : x;
  const Tensor rows = detail::reduced_last(in, kept);
  const Tensor products = apply(
      op, {rows}, {{kept.numel()}, rows.dtype()},
      [](const Inputs& inputs, const Tensor& y) {
        kernels::product_rows(contiguous(inputs[0]), y);
      },
      [](const Grad& g) {
        const Tensor& v = g.in(0);
        if (v.numel() == 0) return zeros(v.shape(), v.dtype());
        const Tensor others = products_before(v) * flip(products_before(flip(v, 1)), 1);
        return unsqueeze(g.dy, -1) * others;
      });
  return reshape(products, keepdims ? kept : axes.reduced("prod", x.shape(), op.site));
}

}  // namespace cinta
