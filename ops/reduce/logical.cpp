#include <cinta/autograd/tape/op_scope.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/comparison.hpp>
#include <cinta/ops/elementwise/detail/convert.hpp>
#include <cinta/ops/map/map.hpp>
#include <cinta/ops/reduce/detail/axes_last.hpp>
#include <cinta/ops/reduce/logical.hpp>
#include <cinta/ops/shape/copy.hpp>

namespace cinta {
namespace {

Tensor counted(const Op& op, const Tensor& x, const Axes& axes, bool keepdims) {
  detail::check_defined(op, {x});
  axes.reduced_keeping(op.name, x.shape(), op.site);
  return sum(to(x, boolean, op.site), axes, keepdims, op.site);
}

// NaN as 0.
Tensor numbers(const Tensor& x) {
  return map([](Element v) { return where(v == v, v, 0); }, x);
}

}  // namespace

Tensor count_nonzero(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  return counted({"count_nonzero", Save::nothing(), site}, x, axes, keepdims);
}

Tensor any(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"any", Save::nothing(), site};
  const OpScope scope(op);
  return counted(op, x, axes, keepdims) > 0;
}

Tensor all(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"all", Save::nothing(), site};
  detail::check_defined(op, {x});
  const Shape kept = axes.reduced_keeping("all", x.shape(), op.site);
  const OpScope scope(op);
  return counted(op, x, axes, keepdims) == detail::reduced_count(x.shape(), kept);
}

Tensor nansum(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"nansum", Save::nothing(), site};
  detail::check_defined(op, {x});
  axes.reduced_keeping("nansum", x.shape(), op.site);
  const OpScope scope(op);
  return sum(is_floating(x.dtype()) ? numbers(x) : x, axes, keepdims);
}

Tensor nanmean(const Tensor& x, const Axes& axes, bool keepdims, Site site) {
  const Op op{"nanmean", Save::nothing(), site};
  detail::check_defined(op, {x});
  axes.reduced_keeping("nanmean", x.shape(), op.site);
  const OpScope scope(op);
  if (!is_floating(x.dtype())) return mean(x, axes, keepdims);
  return sum(numbers(x), axes, keepdims) / sum(x == x, axes, keepdims);
}

}  // namespace cinta
