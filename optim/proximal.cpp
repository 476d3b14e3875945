#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/kernels/reduce/penalty.hpp>
#include <cinta/optim/proximal.hpp>
#include <cmath>

namespace cinta::optim {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool uses_slices(const ProximalOptions& options) {
  return options.group_lasso > 0 || options.max_norm < infinity;
}

void check(const ProximalOptions& o, const Site& site) {
  const auto factor = [&](const char* name, double value) {
    check_option("Proximal", name, value >= 0 && std::isfinite(value), "be at least 0 and finite",
                 value, site);
  };
  factor("l1", o.l1);
  factor("l2", o.l2);
  factor("group_lasso", o.group_lasso);
  if (o.max_norm != infinity)
    check_option("Proximal", "max_norm", o.max_norm >= 0, "not be negative", o.max_norm, site);
  if (!(o.low <= o.high)) {
    throw ValueError("Proximal: low " + cinta::detail::text_of(o.low) + " is above high " +
                         cinta::detail::text_of(o.high),
                     site);
  }
  const auto cone = [](double bound) { return bound == 0 || std::isinf(bound); };
  if (uses_slices(o) && !(cone(o.low) && cone(o.high))) {
    throw ValueError("Proximal: group_lasso and max_norm have no exact step together with low " +
                         cinta::detail::text_of(o.low) + " and high " +
                         cinta::detail::text_of(o.high) + ", only with bounds of 0",
                     site);
  }
}

// Brings w to the minimum of ||u - w||^2 / 2 + t * g(u).
void proximal_step(const Tensor& w, const ProximalOptions& o, double t) {
  const double shrink = 1 / (1 + t * o.l2);
  if (o.l1 > 0 || o.l2 > 0 || o.low > -infinity || o.high < infinity)
    kernels::shrink_elements(w, t * o.l1, shrink, o.low, o.high);
  if (!uses_slices(o)) return;
  // What is left depends on the norm of a slice alone, and keeps its direction.
  const auto groups = kernels::Groups::along(w.shape(), o.axis < 0 ? o.axis + w.rank() : o.axis);
  const double threshold = t * shrink * o.group_lasso * std::sqrt(double(groups.size()));
  std::vector<double> factor(static_cast<std::size_t>(groups.count));
  kernels::group_norms(w, groups, factor.data());
  bool any = false;
  for (double& f : factor) {
    const double norm = f, wanted = std::min(std::max(norm - threshold, 0.0), o.max_norm);
    f = norm > wanted ? wanted / norm : 1;  // 1 for NaN too, which stays
    any |= f != 1;
  }
  if (any) kernels::scale_groups(w, groups, factor.data(), w);
}

}  // namespace

void Proximal::add_group(const Tensors& parameters, ProximalOptions options, Site site) {
  check(options, site);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const Tensor& parameter = parameters[i];
    const Tensors& known = inner_.parameters();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Tensor& p) { return p.impl() == parameter.impl(); });
    places.push_back(std::size_t(found - known.begin()));
    // Undefined and interior tensors are refused below, in every optimizer's words.
    if (!parameter.defined() || !parameter.is_leaf()) continue;
    if (found == known.end()) {
      throw GraphError(
          "Proximal: parameter " + std::to_string(i) + " is not one of the inner optimizer's",
          site);
    }
    if (uses_slices(options)) normalize_axis("Proximal", options.axis, parameter.shape(), site);
  }
  const std::size_t first = register_parameters("Proximal", parameters, site);
  places_.resize(first);
  places_.insert(places_.end(), places.begin(), places.end());
  groups_.push_back({first, first + parameters.size(), options});
}

void Proximal::step(Site site) {
  // All that may fail comes before the inner step.
  for (const Group& group : groups_) {
    check(group.options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      if (!parameters()[i].grad().defined()) continue;
      const double t = step_size(i);
      check_option("Proximal", "the inner optimizer's step size", t >= 0 && std::isfinite(t),
                   "be at least 0 and finite", t, site);
    }
  }
  inner_.step(site);
  for (const Group& group : groups_) {
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Tensor& parameter = parameters()[i];
      if (!parameter.grad().defined()) continue;
      proximal_step(parameter, group.options, step_size(i));
      parameter.storage()->bump_version("Proximal.step", SiteScope::resolve(site));
    }
  }
}

}  // namespace cinta::optim
