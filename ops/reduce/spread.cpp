#include <algorithm>
#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/tape/apply.hpp>
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
  const SiteScope scope(op.site);
  const Shape kept = axes.reduced_keeping("std", x.shape(), op.site);
  const Tensor rows = detail::reduced_last(detail::floating(x, op.site), kept);
  // Not the root of var, which may be out of range where its root is not.
  const Tensor lengths = norm(detail::centred(rows), 2, -1);
  return reshape(lengths, options.keepdims ? kept : axes.reduced("std", x.shape(), op.site)) /
         ::std::sqrt(::std::max(0.0, double(rows.shape()[1]) - options.correction));
}

VarAndMean var_mean(const Tensor& x, const Axes& axes, VarOptions options, Site site) {
  const NameScope name("var_mean");
  const Site here = SiteScope::resolve(site);
  if (!x.defined()) detail::check_defined({"var_mean", here}, {x});
  return {var(x, axes, options, here), mean(x, axes, options.keepdims, here)};
}

MinAndMax aminmax(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const NameScope name("aminmax");
  const Site here = SiteScope::resolve(site);
  if (!x.defined()) detail::check_defined({"aminmax", here}, {x});
  return {min(x, axes, keepdims, here), max(x, axes, keepdims, here)};
}

}  // namespace cinta
