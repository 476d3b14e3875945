#include <cinta/autograd/core/name_scope.hpp>
#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/spread.hpp>

namespace cinta {

Tensor std(const Tensor& x, const Axes& axes, VarOptions options, Site site) {
  const NameScope name("std");
  const Site here = SiteScope::resolve(site);
  if (!x.defined()) detail::check_defined({"std", here}, {x});
  const auto root = [](Element v) { return where(v == 0, 0, sqrt(v)); };
  const Tensor variance = var(x, axes, options, here);
  return detail::map("std", detail::program_of<1, false>(root, here), {Operand(variance, here)});
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
