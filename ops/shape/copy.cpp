#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta {

Tensor to(const Tensor& x, Dtype dtype, Site site) {
  const Op op{"to", Save::nothing(), site, {{"dtype", dtype}}};
  detail::check_defined(op, {x});
  if (x.dtype() == dtype) return x;
  return apply(
      op, {x}, {x.shape(), dtype},
      [](const Inputs& in, const Tensor& y) { kernels::copy(in[0], y); },
      [source = x.dtype()](const Grad& g) { return to(g.dy, source); });
}

}  // namespace cinta
