#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/kernels/elementwise/penalty.hpp>
#include <cinta/optim/detail/proximal_step.hpp>
#include <cmath>
#include <limits>
#include <numeric>

namespace cinta::optim::detail {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool uses_slices(const ProximalOptions& options) {
  return options.group_lasso > 0 || options.max_norm < infinity;
}

kernels::Groups slices_of(const Tensor& w, int axis) {
  return kernels::Groups::along(w.shape(), axis < 0 ? axis + w.rank() : axis);
}

std::vector<double> norms_of(const Tensor& w, const kernels::Groups& groups) {
  std::vector<double> norms(static_cast<std::size_t>(groups.count));
  kernels::group_norms(w, groups, norms.data());
  return norms;
}

}  // namespace

void check_proximal(const char* who, const ProximalOptions& o, const Site& site) {
  if (o.max_norm != infinity) check_option(who, "max_norm", Range::not_negative, o.max_norm, site);
  if (!(o.low <= o.high)) {
    throw ValueError(std::string(who) + ": low " + cinta::detail::text_of(o.low) +
                         " is above high " + cinta::detail::text_of(o.high),
                     site);
  }
  const auto cone = [](double bound) { return bound == 0 || std::isinf(bound); };
  if (uses_slices(o) && !(cone(o.low) && cone(o.high))) {
    throw ValueError(std::string(who) +
                         ": group_lasso and max_norm have no exact step together with low " +
                         cinta::detail::text_of(o.low) + " and high " +
                         cinta::detail::text_of(o.high) + ", only with bounds of 0",
                     site);
  }
}

void check_proximal_axis(const char* who, const ProximalOptions& o, const Tensor& w,
                         const Site& site) {
  if (uses_slices(o)) normalize_axis(who, o.axis, w.shape(), site);
}

void proximal_step(const Tensor& w, const ProximalOptions& o, double t) {
  const double shrink = 1 / (1 + t * o.l2);
  if (o.l1 > 0 || o.l2 > 0 || o.low > -infinity || o.high < infinity)
    kernels::shrink_elements(w, t * o.l1, shrink, o.low, o.high);
  if (!uses_slices(o)) return;
  // What is left depends on the norm of a slice alone, and keeps its direction.
  const auto groups = slices_of(w, o.axis);
  const double threshold = t * shrink * o.group_lasso * std::sqrt(double(groups.size()));
  std::vector<double> factor = norms_of(w, groups);
  bool any = false;
  for (double& f : factor) {
    const double norm = f, wanted = std::min(std::max(norm - threshold, 0.0), o.max_norm);
    f = norm > wanted ? wanted / norm : 1;  // 1 for NaN too, which stays
    any |= f != 1;
  }
  if (any) kernels::scale_groups(w, groups, factor.data(), w);
}

double proximal_penalty(const Tensor& w, const ProximalOptions& o) {
  double absolute = 0, squares = 0, penalty = 0;
  kernels::penalty_sums(w, &absolute, &squares);
  // A factor of 0 switches its term off, infinite squares or not.
  if (o.l1 > 0) penalty += o.l1 * absolute;
  if (o.l2 > 0) penalty += o.l2 / 2 * squares;
  if (o.group_lasso > 0) {
    const auto groups = slices_of(w, o.axis);
    const std::vector<double> norms = norms_of(w, groups);
    penalty += o.group_lasso * std::sqrt(double(groups.size())) *
               std::accumulate(norms.begin(), norms.end(), 0.0);
  }
  return penalty;
}

}  // namespace cinta::optim::detail
