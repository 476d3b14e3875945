#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/linalg/detail/gaps.hpp>
#include <cinta/ops/linalg/detail/symmetric.hpp>
#include <cinta/ops/linalg/factor/eigh.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

// LAPACK counts its workspace, n² and some, in 32 bits.
void check_size(const Op& op, const Tensor& a) {
  detail::check_square(op, a);
  if (a.size(-1) > 46000) {
    throw ShapeError(std::string(op.name) + ": " + a.shape().str() +
                         " is beyond what LAPACK's workspace counts, some 46000",
                     op.site);
  }
}

// `alone`: the values have the bits that they have without vectors.
void compute(const char* op, const Site& site, const Tensor& a, const Tensor& values,
             const Tensor* vectors, bool alone) {
  std::optional<Array> rows;
  if (vectors) rows.emplace(*vectors);
  const kernels::Stop stop = kernels::eigh(contiguous(a), values, rows ? &*rows : nullptr, alone);
  if (!stop) return;
  detail::refuse_asymmetric(op, site, a, stop);
  throw ValueError(detail::name_matrix(op, a.shape(), stop.matrix) + "did not converge", site);
}

Spec eigenvalue_spec(const Tensor& a) { return {detail::leading(a.shape(), 1), a.dtype()}; }

Eigh decomposed(const Op& op, const Tensor& a, bool alone) {
  const Tensors both = apply(
      op.saving(Save::outputs()), {a}, OutputSpecs{eigenvalue_spec(a), a.spec()},
      [alone, name = op.name, site = op.site](const Inputs& in, const Tensors& out) {
        compute(name, site, in[0], out[0], &out[1], alone);
      },
      [name = op.name](const Grad& g) {
        const Tensor values = g.out(0), rows = g.out(1);  // the vectors are rows here
        const Tensor &dvalues = g.dy_of(0), &drows = g.dy_of(1);
        Tensor inner;
        if (dvalues.defined()) inner = unsqueeze(dvalues, -1) * rows;
        if (drows.defined()) {
          const Tensor terms = matmul(rows, transpose(drows));
          const Tensor turning = 0.5 * (terms - transpose(terms));
          const Tensor gaps = unsqueeze(values, -2) - unsqueeze(values, -1);
          const Tensor mixed = matmul(
              detail::over_gaps(name, "eigenvalue", true, turning, gaps, terms, values), rows);
          inner = detail::sum_of_defined(inner, mixed);
        }
        return detail::symmetrized(matmul(transpose(rows), inner));
      });
  return {both[0], transpose(both[1])};
}

// Of their gradient nothing is said.
Tensor eigenvalues(const Op& op, const Tensor& a) {
  return apply(
      op.saving(Save::nothing()), {a}, eigenvalue_spec(a),
      [name = op.name, site = op.site](const Inputs& in, const Tensor& y) {
        compute(name, site, in[0], y, nullptr, true);
      },
      no_gradient);
}

}  // namespace

Eigh eigh(const Tensor& a, Site site) {
  const Op op{"eigh", site};
  check_size(op, a);
  const OpScope scope(op);
  return decomposed(op, a, false);
}

Tensor eigvalsh(const Tensor& a, Site site) {
  const Op op{"eigvalsh", site};
  check_size(op, a);
  const OpScope scope(op);
  // The vectors are the gradient's.
  return GradMode::enabled() && a.requires_grad() ? decomposed(op, a, true).values
                                                  : eigenvalues(op, a);
}

}  // namespace cinta
