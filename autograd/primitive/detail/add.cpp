#include <cinta/autograd/primitive/detail/add.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/apply_in_place.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/elementwise/elementwise.hpp>

namespace cinta::detail {

Tensor add(const Op& op, const Tensor& a, const Tensor& b, const Spec& sum) {
  return apply(
      op, {a, b}, sum,
      [](const Inputs& in, const Tensor& y) {
        kernels::elementwise(kernels::Function::add, y, in[0], in[1]);
      },
      [](const Grad& g) { return g.dy; }, [](const Grad& g) { return g.dy; });
}

Tensor add_gradients(const Tensor& a, const Tensor& b) {
  if (a.is_row_sparse() || b.is_row_sparse()) return add_row_sparse(a, b);
  return add({"add", Save::nothing(), {}}, a, b, a.spec());
}

bool is_ours(const Tensor& x) {
  // A recorded write to a view made under NoGrad is refused.
  return x.is_unique() && x.is_contiguous() && !(GradMode::enabled() && x.impl()->unrecorded_view);
}

void add_in_place(const Tensor& into, const Tensor& x) {
  const NoGrad no_grad;
  if (x.is_row_sparse()) {
    add_rows_in_place(into, x);
    into.storage()->bump_version("backward", SiteScope::resolve({}));
  } else {  // named for what a user is told of who overwrote a gradient
    apply_in_place({"backward", Save::nothing(), {}}, into, {into, x},
                   [](const Inputs& in, const Tensor& y) { kernels::accumulate(in[1], y); });
  }
}

}  // namespace cinta::detail
