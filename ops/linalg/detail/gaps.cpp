#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/kernels/linalg/factor/spectral.hpp>
#include <cinta/ops/linalg/detail/gaps.hpp>

namespace cinta::detail {

Tensor over_gaps(const char* op, const char* what, bool pairs, const Tensor& x, const Tensor& gaps,
                 const Tensor& terms, const Tensor& values) {
  const Tensor closed = apply(
      {"closed_gaps", Save::nothing(), {}}, {x, broadcast_to(gaps, x.shape()), terms, values},
      {x.shape(), boolean},
      [op, what, pairs](const Inputs& in, const Tensor& y) {
        const kernels::Stop stop = kernels::closed_gaps(contiguous(in[0]), contiguous(in[1]),
                                                        contiguous(in[2]), contiguous(in[3]), y);
        if (!stop) return;
        const std::int64_t columns = in[0].size(-1), i = (stop.code - 1) / columns,
                           j = (stop.code - 1) % columns;
        throw ValueError(
            name_matrix(op, in[0].shape(), stop.matrix) + what +
                (pairs ? "s " + std::to_string(i) + " and " + std::to_string(j) + " are equal"
                       : " " + std::to_string(j) + " is 0") +
                ", and the loss depends on which vectors were chosen for " +
                (pairs ? "them" : "it"),
            SiteScope::resolve(Site()));
      },
      no_gradient, no_gradient, no_gradient, no_gradient);
  return where(closed, 0, x / where(closed, 1, gaps));
}

}  // namespace cinta::detail
