#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/primitive/fill.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/kernels/linalg/factor/qr.hpp>
#include <cinta/ops/linalg/detail/triangular.hpp>
#include <cinta/ops/linalg/factor/qr.hpp>
#include <cinta/ops/linalg/product/matmul.hpp>
#include <cinta/ops/shape/join.hpp>
#include <cinta/ops/shape/view/slice.hpp>

namespace cinta {
namespace {

using detail::sum_of_defined;
using detail::triangle;

// Of a tall or square matrix q r; an undefined gradient is 0.
Tensor tall_gradient(const Tensor& q, const Tensor& r, const Tensor& dq, const Tensor& dr) {
  Tensor m;
  if (dr.defined()) m = matmul(r, transpose(triangle(dr, {.upper = true})));
  if (dq.defined()) m = sum_of_defined(m, -matmul(transpose(dq), q));
  const Tensor lower = triangle(m, {.diagonal = 0});
  const Tensor symmetric = triangle(m) + transpose(lower);
  const Tensor left = sum_of_defined(dq, matmul(q, symmetric));
  return transpose(detail::solve_triangle({"qr", Site()}, r, transpose(left), {.upper = true}));
}

}  // namespace

Qr qr(const Tensor& a, Site site) {
  const Op op{"qr", Save::outputs(), site};
  detail::check_matrix(op, a);
  const Shape batch = detail::leading(a.shape());
  const std::int64_t m = a.size(-2), n = a.size(-1), k = std::min(m, n);
  const Tensors both = apply(
      op, {a},
      OutputSpecs{Spec{detail::with_sizes(batch, {m, k}), a.dtype()},
                  Spec{detail::with_sizes(batch, {k, n}), a.dtype()}},
      [](const Inputs& in, const Tensors& out) { kernels::qr(contiguous(in[0]), out[0], out[1]); },
      [k, n](const Grad& g) {
        const Tensor q = g.out(0), r = g.out(1);
        const Tensor &dq = g.dy_of(0), &dr = g.dy_of(1);
        if (n == k) return tall_gradient(q, r, dq, dr);
        // r = [r1 r2]: the left square of a is q r1, what is right of it q r2.
        const auto left = [&](const Tensor& x) { return x.defined() ? slice(x, -1, 0, k) : x; };
        const Tensor rest = slice(r, -1, k);
        if (!dr.defined()) {
          const Tensor nothing =
              zeros(detail::with_sizes(detail::leading(q.shape()), {q.size(-2), n - k}), q.dtype());
          return cat({tall_gradient(q, left(r), dq, {}), nothing}, -1);
        }
        const Tensor dr2 = slice(dr, -1, k);
        const Tensor through = matmul(q, matmul(rest, transpose(dr2)));
        return cat(
            {tall_gradient(q, left(r), sum_of_defined(dq, through), left(dr)), matmul(q, dr2)}, -1);
      });
  return {both[0], both[1]};
}

}  // namespace cinta
