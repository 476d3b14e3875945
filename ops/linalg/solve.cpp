#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/factor/lu.hpp>
#include <cinta/ops/kernels/linalg/triangular.hpp>
#include <cinta/ops/linalg/detail/factor.hpp>
#include <cinta/ops/linalg/detail/triangular.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/linalg/solve.hpp>

namespace cinta {
namespace {

using detail::Factored;

Shape solution_shape(const Op& op, const Tensor& a, const Tensor& b) {
  return detail::with_sizes(
      detail::common_leading(op, detail::leading(a.shape()), detail::leading(b.shape())),
      {b.size(-2), b.size(-1)});
}

// Throws where a pivot is 0.
void check_regular(const char* op, const Site& site, const Tensor& factors) {
  if (const kernels::Stop stop = kernels::zero_on_diagonal(factors)) {
    throw ValueError(detail::name_matrix(op, factors.shape(), stop.matrix) + "is singular: pivot " +
                         std::to_string(stop.code) + " is 0",
                     site);
  }
}

}  // namespace

Factored detail::factored(const Tensor& a) {
  const std::int64_t few = std::min(a.size(-2), a.size(-1));
  const Tensors both = apply(
      {"lu_factor", Save::nothing(), {}}, {a},
      OutputSpecs{{a.spec(), no_gradient},
                  {{with_sizes(leading(a.shape()), {few}), Dtype::int64}, no_gradient}},
      [](const Inputs& in, const Tensors& out) {
        kernels::lu_factor(contiguous(in[0]), out[0], out[1]);
      },
      no_gradient);
  return {both[0], both[1]};
}

Tensor detail::solve_factored(const Op& op, const Tensor& a, const Factored& f, const Tensor& b,
                              bool transposed) {
  const Save save =
      Save::input(0) | Save::input(1) | Save::input(2) | Save::output(0, a.requires_grad());
  return apply(
      op.saving(save), {a, f.factors, f.pivots, b}, {solution_shape(op, a, b), b.dtype()},
      [transposed, name = op.name, site = op.site](const Inputs& in, const Tensor& x) {
        check_regular(name, site, in[1]);
        kernels::lu_solve(in[1], in[2], contiguous(in[3]), transposed, x);
      },
      [transposed](const Grad& g) {
        const Tensor db =
            solve_factored({"solve", Site()}, g.in(0), {g.in(1), g.in(2)}, g.dy, !transposed);
        Tensors gradients(4);
        if (g.needs(0)) {
          const Tensor x = g.out();
          gradients[0] = -(transposed ? matmul(x, transpose(db)) : matmul(db, transpose(x)));
        }
        if (g.needs(3)) gradients[3] = db;
        return gradients;
      });
}

Tensor detail::inverse_factored(const Op& op, const Tensor& a, const Factored& f) {
  return apply(
      op.saving(Save::output()), {a, f.factors, f.pivots}, a.spec(),
      [name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        check_regular(name, site, in[1]);
        kernels::lu_inverse(in[1], in[2], y);
      },
      [](const Grad& g) {
        const Tensor turned = transpose(g.out());
        return -matmul(matmul(turned, g.dy), turned);
      },
      no_gradient, no_gradient);
}

Tensor detail::solve_triangle(const Op& op, const Tensor& a, const Tensor& b,
                              TriangularOptions options) {
  const Save save = Save::input(0) | Save::output(0, a.requires_grad());
  return apply(
      op.saving(save), {a, b}, {solution_shape(op, a, b), b.dtype()},
      [options, name = op.name, site = op.site](const Inputs& in, const Tensor& x) {
        const Tensor dense = contiguous(in[0]);
        if (!options.unit) {
          if (const kernels::Stop stop = kernels::zero_on_diagonal(dense)) {
            throw ValueError(detail::name_matrix(name, dense.shape(), stop.matrix) +
                                 "is singular: element " + std::to_string(stop.code - 1) +
                                 " of its diagonal is 0",
                             site);
          }
        }
        kernels::solve_triangular(dense, {options.upper, options.transposed, options.unit},
                                  contiguous(in[1]), x);
      },
      [options](const Grad& g) {
        TriangularOptions turned = options;
        turned.transposed = !options.transposed;
        const Tensor db = solve_triangle({"solve_triangular", Site()}, g.in(0), g.dy, turned);
        Tensors gradients(2);
        if (g.needs(0)) {
          const Tensor x = g.out();
          gradients[0] =
              -triangle(options.transposed ? matmul(x, transpose(db)) : matmul(db, transpose(x)),
                        {.upper = options.upper, .diagonal = options.unit ? 0.0 : 1.0});
        }
        if (g.needs(1)) gradients[1] = db;
        return gradients;
      });
}

Tensor solve(const Tensor& a, const Tensor& b, Site site) {
  const Op op{"solve", site};
  return detail::with_right_side(op, a, b, [&](const Tensor& matrix, const Tensor& right) {
    return detail::solve_factored(op, matrix, detail::factored(matrix), right, false);
  });
}

Tensor solve_triangular(const Tensor& a, const Tensor& b, TriangularOptions options, Site site) {
  const Op op{
      "solve_triangular",
      Save::nothing(),
      site,
      {{"upper", options.upper}, {"transposed", options.transposed}, {"unit", options.unit}}};
  return detail::with_right_side(op, a, b, [&](const Tensor& matrix, const Tensor& right) {
    return detail::solve_triangle(op, matrix, right, options);
  });
}

Tensor inv(const Tensor& a, Site site) {
  const Op op{"inv", site};
  detail::check_square(op, a);
  const OpScope scope(op);
  return detail::inverse_factored(op, a, detail::factored(a));
}

}  // namespace cinta
