#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/copy/copy.hpp>

namespace cinta {

Tensor clone(const Tensor& x, Site site) {
  return apply(
      {"clone", Save::nothing(), site}, {x}, x.spec(),
      [](const Inputs& in, const Tensor& y) { kernels::copy(in[0], y); },
      [](const Grad& g) { return g.dy; });
}

Tensor contiguous(const Tensor& x, Site site) {
  if (x.defined() && x.is_contiguous()) return x;
  const NameScope name("contiguous");
  return clone(x, site);
}

}  // namespace cinta
