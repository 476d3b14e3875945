#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/index/indexing.hpp>
#include <cinta/ops/kernels/linalg/factor/lu.hpp>
#include <cinta/ops/linalg/detail/triangular.hpp>
#include <cinta/ops/linalg/factor/lu.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>

namespace cinta {
namespace {

using detail::triangle;

// order (..., m): which row of a stands in each row of l u.
Tensor row_order(const Op& op, const Tensor& pivots, std::int64_t rows) {
  return apply(
      {"pivot_order", Save::nothing(), op.site}, {pivots},
      {detail::with_sizes(detail::leading(pivots.shape(), 1), {rows}), int64},
      [rows, name = op.name, site = op.site](const Inputs& in, const Tensor& order) {
        const Tensor dense = contiguous(in[0]);
        const auto* const pivot = static_cast<const std::int64_t*>(Array(dense).memory);
        const std::int64_t few = dense.size(-1);
        for (std::int64_t i = 0; i < dense.numel(); ++i) {
          if (pivot[i] >= i % few && pivot[i] < rows) continue;
          throw IndexError(std::string(name) + ": pivot " + std::to_string(pivot[i]) + " of row " +
                               std::to_string(i % few) + " is not in [" + std::to_string(i % few) +
                               ", " + std::to_string(rows) + ")",
                           site);
        }
        kernels::pivot_order(dense, order);
      },
      no_gradient);
}

// The matrix p with row k of what it is multiplied with in row order[k].
Tensor permutation(const Tensor& order, Dtype dtype) {
  return transpose(one_hot(order, order.size(-1), dtype));
}

// What comes from the gradient of the compact factors: l and u in one matrix.
struct LuRule {
  std::int64_t m, n, k;

  Tensor rows(const Tensor& x, bool first) const {
    return first ? slice(x, -2, 0, k) : slice(x, -2, k);
  }
  Tensor columns(const Tensor& x, bool first) const {
    return first ? slice(x, -1, 0, k) : slice(x, -1, k);
  }
  // y u⁻ᵀ, for the square part of the factors.
  static Tensor by_upper(const Tensor& square, const Tensor& y) {
    return transpose(detail::solve_triangle({"lu", Site()}, square, transpose(y), {.upper = true}));
  }
  static Tensor by_lower(const Tensor& square, const Tensor& y) {
    return detail::solve_triangle({"lu", Site()}, square, y, {.transposed = true, .unit = true});
  }
  static Tensor unit_lower(const Tensor& c) {
    return triangle(c, {.diagonal = 0}) + eye(c.size(-1), c.dtype());
  }

  // The gradient of a with its rows in the order of the factors.
  Tensor operator()(const Tensor& factors, const Tensor& dy) const {
    const Tensor square = columns(rows(factors, true), true);
    const Tensor l = unit_lower(square), u = triangle(square, {.upper = true});
    Tensor dl = triangle(columns(rows(dy, true), true), {.diagonal = 0});
    Tensor du = triangle(columns(rows(dy, true), true), {.upper = true});
    Tensor rest;
    if (n > m) {  // the columns on the right are l times those of u
      rest = by_lower(square, columns(dy, false));
      dl = dl - triangle(matmul(rest, transpose(columns(factors, false))), {.diagonal = 0});
    } else if (m > n) {  // the rows below are those of l times u
      rest = by_upper(square, rows(dy, false));
      du = du - triangle(matmul(transpose(rows(factors, false)), rest), {.upper = true});
    }
    const Tensor middle = triangle(matmul(transpose(l), dl), {.diagonal = 0}) +
                          triangle(matmul(du, transpose(u)), {.upper = true});
    const Tensor da = by_upper(square, by_lower(square, middle));
    if (n == m) return da;
    return cat({da, rest}, n > m ? -1 : -2);
  }
};

// The factors of x = aᵀ as kernels/linalg/lu.hpp has them: those of a, turned over.
LuFactor factor(const Op& op, const Tensor& a) {
  const LuRule rule{a.size(-2), a.size(-1), std::min(a.size(-2), a.size(-1))};
  const Tensor x = transpose(a);
  const Tensors both = apply(
      op.saving(Save::outputs()), {x},
      OutputSpecs{x.spec(),
                  {{detail::with_sizes(detail::leading(a.shape()), {rule.k}), int64}, no_gradient}},
      [](const Inputs& in, const Tensors& out) {
        kernels::lu_factor(contiguous(in[0]), out[0], out[1]);
      },
      [rule](const Grad& g) {
        const Tensor order = row_order({"lu", Site()}, g.out(1), rule.m);
        const Tensor da = rule(transpose(g.out(0)), transpose(g.dy));
        return matmul(transpose(da), transpose(permutation(order, da.dtype())));
      });
  return {transpose(both[0]), both[1]};
}

}  // namespace

LuFactor lu_factor(const Tensor& a, Site site) {
  const Op op{"lu_factor", site};
  detail::check_matrix(op, a);
  const OpScope scope(op);
  return factor(op, a);
}

Lu lu(const Tensor& a, Site site) {
  const Op op{"lu", site};
  detail::check_matrix(op, a);
  const OpScope scope(op);
  const std::int64_t m = a.size(-2), k = std::min(m, a.size(-1));
  const LuFactor compact = factor(op, a);
  const Tensor left = slice(compact.lu, -1, 0, k);
  return {permutation(row_order(op, compact.pivots, m), a.dtype()),
          triangle(left, {.diagonal = 0}) + slice(eye(m, a.dtype()), -1, 0, k),
          triangle(slice(compact.lu, -2, 0, k), {.upper = true})};
}

Tensor lu_solve(const LuFactor& f, const Tensor& b, Site site) {
  const Op op{"lu_solve", site};
  detail::check_defined(op, {f.lu, f.pivots, b});
  if (f.pivots.dtype() != int64)
    throw DtypeError(std::string("lu_solve: pivots need int64, got ") + name_of(f.pivots.dtype()),
                     op.site);
  return detail::with_right_side(op, f.lu, b, [&](const Tensor& a, const Tensor& right) {
    const std::int64_t n = a.size(-1);
    if (f.pivots.shape() != detail::with_sizes(detail::leading(a.shape()), {n})) {
      throw ShapeError("lu_solve: factors " + a.shape().str() + " and pivots " +
                           f.pivots.shape().str() + " do not belong together",
                       op.site);
    }
    const Tensor order = unsqueeze(row_order(op, f.pivots, n), -1);
    const Shape shape = detail::with_sizes(
        detail::common_leading(op, detail::leading(a.shape()), detail::leading(right.shape())),
        {n, right.size(-1)});
    const Tensor ordered =
        gather(broadcast_to(right, shape), -2, contiguous(broadcast_to(order, shape)));
    return detail::solve_triangle(op, a, detail::solve_triangle(op, a, ordered, {.unit = true}),
                                  {.upper = true});
  });
}

}  // namespace cinta
