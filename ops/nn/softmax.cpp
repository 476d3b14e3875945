#include <cinta/autograd/tape/apply.hpp>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/ops/kernels/reduce/softmax.hpp>
#include <cinta/ops/nn/softmax.hpp>
#include <cinta/ops/reduce/reduce.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {
namespace {

// Kernels know the last axis only: others are moved there and back.
template <class Last>
Tensor along(const char* name, const Tensor& x, int axis, const Site& site, Last last) {
  detail::check_defined({name, site}, {x});
  const SiteScope scope(site);
  const Tensor in = detail::floating(x, site);
  const int at = axis_of_elements(name, axis, in.shape(), site);
  if (in.rank() == 0) return reshape(last(reshape(in, {1})), {});
  if (at == in.rank() - 1) return last(in);
  return transpose(last(transpose(in, at, -1)), at, -1);
}

// The gradient in one pass, where nobody differentiates it.
Tensor fused(const char* name, const Grad& g,
             void (*kernel)(const Array&, const Array&, const Array&)) {
  return apply(
      {name, Save::nothing(), {}, {{"axis", -1}}}, {g.out(), g.dy}, g.dy.spec(),
      [kernel](const Inputs& in, const Tensor& dx) { kernel(in[0], contiguous(in[1]), dx); });
}

Tensor over_last(const Tensor& x, double of_nothing, const Site& site) {
  return apply(
      {"softmax", Save::output(), site, {{"axis", -1}}}, {x}, x.spec(),
      [of_nothing](const Inputs& in, const Tensor& y) {
        kernels::softmax(contiguous(in[0]), of_nothing, y);
      },
      [](const Grad& g) {
        if (!g.create_graph()) return fused("softmax_backward", g, &kernels::softmax_backward);
        const Tensor weighted = g.out() * g.dy;
        return weighted - g.out() * sum(weighted, -1, keepdims);
      });
}

}  // namespace

Tensor softmax(const Tensor& x, Axis axis, Site site) {
  const Site here = SiteScope::resolve(site);
  return along("softmax", x, axis, here,
               [&](const Tensor& in) { return over_last(in, NAN, here); });
}

Tensor softmin(const Tensor& x, Axis axis, Site site) {
  const Op op{"softmin", Save::nothing(), site};
  const OpScope scope(op);
  detail::check_defined(op, {x});
  return softmax(-x, axis);
}

Tensor detail::shares(const Tensor& x) { return over_last(x, 0, Site()); }

Tensor log_softmax(const Tensor& x, Axis axis, Site site) {
  const Site here = SiteScope::resolve(site);
  return along("log_softmax", x, axis, here, [&](const Tensor& in) {
    return apply(
        {"log_softmax", Save::output(), here, {{"axis", -1}}}, {in}, in.spec(),
        [](const Inputs& inputs, const Tensor& y) {
          kernels::log_softmax(contiguous(inputs[0]), y);
        },
        [](const Grad& g) {
          if (!g.create_graph())
            return fused("log_softmax_backward", g, &kernels::log_softmax_backward);
          return g.dy - exp(g.out()) * sum(g.dy, -1, keepdims);
        });
  });
}

}  // namespace cinta
