#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/factor/lu.hpp>
#include <cinta/ops/linalg/det.hpp>
#include <cinta/ops/linalg/detail/factor.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <limits>

namespace cinta {
namespace {

using detail::Factored;

// (...) as (..., 1, 1).
Tensor over_matrices(const Tensor& x) { return unsqueeze(unsqueeze(x, -1), -1); }

// The matrices of cofactors, the gradient of the determinant.
Tensor cofactors(const Tensor& a, const Factored& f) {
  return apply(
      {"cofactors", Save::input(0) | Save::output(), {}}, {a, f.factors, f.pivots}, a.spec(),
      [](const Inputs& in, const Tensor& y) { kernels::lu_cofactors(in[1], in[2], y); },
      [](const Grad& g) {
        const Tensor inverse = detail::inverse_factored({"det (second derivative)", Site()},
                                                        g.in(0), detail::factored(g.in(0)));
        const Tensor turned = transpose(inverse), c = g.out();
        return turned * sum(g.dy * c, {-2, -1}, keepdims) -
               matmul(matmul(turned, transpose(g.dy)), c);
      },
      no_gradient, no_gradient);
}

SignAndLog sign_and_log(const Op& op, const Tensor& a) {
  const Factored f = detail::factored(a);
  const Spec spec{detail::leading(a.shape()), a.dtype()};
  const Tensors both = apply(
      op.saving(Save::input(0) | Save::input(1) | Save::input(2)), {a, f.factors, f.pivots},
      OutputSpecs{{spec, no_gradient}, spec},
      [](const Inputs& in, const Tensors& out) {
        const Array log = out[1];
        kernels::lu_determinant(in[1], in[2], out[0], &log);
      },
      [name = op.name](const Grad& g) {
        const Tensor inverse =
            detail::inverse_factored({name, Site()}, g.in(0), {g.in(1), g.in(2)});
        return over_matrices(g.dy_of(1)) * transpose(inverse);
      },
      no_gradient, no_gradient);
  return {both[0], both[1]};
}

}  // namespace

Tensor det(const Tensor& a, Site site) {
  const Op op{"det", Save::input(0) | Save::input(1) | Save::input(2), site};
  detail::check_square(op, a);
  const OpScope scope(op);
  const Factored f = detail::factored(a);
  return apply(
      op, {a, f.factors, f.pivots}, {detail::leading(a.shape()), a.dtype()},
      [](const Inputs& in, const Tensor& y) { kernels::lu_determinant(in[1], in[2], y, nullptr); },
      [](const Grad& g) {
        return over_matrices(g.dy) * cofactors(g.in(0), {g.in(1), g.in(2)});
      },
      no_gradient, no_gradient);
}

SignAndLog slogdet(const Tensor& a, Site site) {
  const Op op{"slogdet", site};
  detail::check_square(op, a);
  const OpScope scope(op);
  return sign_and_log(op, a);
}

Tensor logdet(const Tensor& a, Site site) {
  const Op op{"logdet", site};
  detail::check_square(op, a);
  const OpScope scope(op);
  const SignAndLog both = sign_and_log(op, a);
  return map(
      [](auto sign, auto log) {
        // Added, for the gradient to be slogdet's there, too, and not 0.
        return log + where(sign < 0, std::numeric_limits<double>::quiet_NaN(), 0);
      },
      both.sign, both.logabsdet);
}

}  // namespace cinta
