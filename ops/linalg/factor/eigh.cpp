#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/linalg/detail/gaps.hpp>
#include <cinta/ops/linalg/detail/symmetric.hpp>
#include <cinta/ops/linalg/factor/eigh.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta {
namespace {

// LAPACK counts its workspace, 2 n² and some, in 32 bits.
void check_size(const Op& op, const Tensor& a) {
  detail::check_square(op, a);
  if (a.size(-1) > 32000) {
    throw ShapeError(std::string(op.name) + ": " + a.shape().str() +
                         " is beyond what LAPACK's workspace counts, some 32000",
                     op.site);
  }
}

void compute(const char* op, const Site& site, const Tensor& a, const Tensor& values,
             const Tensor* vectors) {
  std::optional<Array> rows;
  if (vectors) rows.emplace(*vectors);
  const kernels::Stop stop = kernels::eigh(contiguous(a), values, rows ? &*rows : nullptr);
  if (!stop) return;
  detail::refuse_asymmetric(op, site, a, stop);
  throw ValueError(detail::name_matrix(op, a.shape(), stop.matrix) + "did not converge", site);
}

Eigh decomposed(const Op& op, const Tensor& a) {
  const Tensors both = apply(
      op.saving(Save::outputs()), {a},
      OutputSpecs{Spec{detail::leading(a.shape(), 1), a.dtype()}, a.spec()},
      [name = op.name, site = op.site](const Inputs& in, const Tensors& out) {
        compute(name, site, in[0], out[0], &out[1]);
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

}  // namespace

Eigh eigh(const Tensor& a, Site site) {
  const Op op{"eigh", site};
  check_size(op, a);
  const SiteScope scope(op.site);
  return decomposed(op, a);
}

Tensor eigvalsh(const Tensor& a, Site site) {
  const Op op{"eigvalsh", Save::input(0), site};
  check_size(op, a);
  const SiteScope scope(op.site);
  // Vectors are left to the gradient: LAPACK's values have other bits with them.
  return apply(
      op, {a}, {detail::leading(a.shape(), 1), a.dtype()},
      [site = op.site](const Inputs& in, const Tensor& y) {
        compute("eigvalsh", site, in[0], y, nullptr);
      },
      [](const Grad& g) {
        const Eigh f = decomposed({"eigvalsh", Site()}, g.in(0));
        return detail::symmetrized(matmul(f.vectors * unsqueeze(g.dy, -2), transpose(f.vectors)));
      });
}

}  // namespace cinta
