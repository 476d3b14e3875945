#include <algorithm>
#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/reduce/norm.hpp>
#include <cinta/ops/reduce/spread.hpp>
#include <cinta/ops/shape/view/view.hpp>
#include <cmath>

namespace cinta {

Tensor std(const Tensor& x, const Axes& axes, VarOptions options, Site site) {
  const Op op{"std", Save::nothing(), site};
  detail::check_defined(op, {x});
  const OpScope scope(op);
  const Shape kept = axes.reduced_keeping("std", x.shape(), op.site);
  const Tensor rows = detail::reduced_last(detail::floating(x, op.site), kept);
  // Not the root of var, which may be out of range where its root is not.
  const Tensor lengths = norm(detail::centred(rows), 2, -1);
  return reshape(lengths, options.keepdims ? kept : axes.reduced("std", x.shape(), op.site)) /
         ::std::sqrt(::std::max(0.0, double(rows.shape()[1]) - options.correction));
}

VarAndMean var_mean(const Tensor& x, const Axes& axes, VarOptions options, Site site) {
  const Op op{"var_mean", Save::nothing(), site};
  const OpScope scope(op);
  return {var(x, axes, options), mean(x, axes, options.keepdims)};
}

MinAndMax aminmax(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"aminmax", Save::nothing(), site};
  const OpScope scope(op);
  return {min(x, axes, keepdims), max(x, axes, keepdims)};
}

}  // namespace cinta
