#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/linalg/factor/cholesky.hpp>
#include <cinta/ops/linalg/detail/symmetric.hpp>
#include <cinta/ops/linalg/detail/triangular.hpp>
#include <cinta/ops/linalg/factor/cholesky.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>

namespace cinta {
namespace {

Tensor lower_factor(const Op& op, const Tensor& a, double jitter) {
  return apply(
      op.saving(Save::output()), {a}, a.spec(),
      [jitter, name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        const kernels::Stop stop = kernels::cholesky(contiguous(in[0]), jitter, y);
        if (!stop) return;
        detail::refuse_asymmetric(name, site, in[0], stop);
        throw ValueError(detail::name_matrix(name, in[0].shape(), stop.matrix) +
                             "is not positive definite: its leading minor of order " +
                             std::to_string(stop.code) + " is not positive; add a jitter",
                         site);
      },
      [](const Grad& g) {
        const Tensor l = g.out();
        const auto solved = [&](const Tensor& right) {
          return detail::solve_triangle({"solve_triangular", Site()}, l, right,
                                        {.transposed = true});
        };
        const Tensor middle =
            detail::triangle(matmul(transpose(l), contiguous(g.dy)), {.diagonal = 0.5});
        return detail::symmetrized(solved(transpose(solved(middle))));
      });
}

}  // namespace

Tensor cholesky(const Tensor& a, CholeskyOptions options, Site site) {
  const Op op{
      "cholesky", Save::nothing(), site, {{"upper", options.upper}, {"jitter", options.jitter}}};
  detail::check_square(op, a);
  const OpScope scope(op);
  const Tensor l = lower_factor(op, a, options.jitter);
  return options.upper ? transpose(l) : l;
}

Tensor cholesky_solve(const Tensor& l, const Tensor& b, CholeskySolveOptions options, Site site) {
  const Op op{"cholesky_solve", Save::nothing(), site, {{"upper", options.upper}}};
  return detail::with_right_side(op, l, b, [&](const Tensor& factor, const Tensor& right) {
    const Tensor y =
        detail::solve_triangle(op, factor, right, {options.upper, /*transposed=*/options.upper});
    return detail::solve_triangle(op, factor, y, {options.upper, !options.upper});
  });
}

Tensor cholesky_inverse(const Tensor& l, CholeskySolveOptions options, Site site) {
  const Op op{"cholesky_inverse", Save::nothing(), site, {{"upper", options.upper}}};
  detail::check_square(op, l);
  const OpScope scope(op);
  const Tensor w = detail::solve_triangle(op, l, eye(l.size(-1), l.dtype()), {options.upper});
  return options.upper ? matmul(w, transpose(w)) : matmul(transpose(w), w);
}

}  // namespace cinta
