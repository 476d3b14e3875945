#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/ops/kernels/reduce/penalty.hpp>
#include <cinta/optim/state.hpp>
#include <cinta/optim/wrap/proximal.hpp>
#include <cmath>

namespace cinta::optim {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

bool uses_slices(const ProximalOptions& options) {
  return options.group_lasso > 0 || options.max_norm < infinity;
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

std::span<const OptionField> ProximalOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&ProximalOptions::l1>("l1", Range::not_negative),
      option_field<&ProximalOptions::l2>("l2", Range::not_negative),
      option_field<&ProximalOptions::group_lasso>("group_lasso", Range::not_negative),
      option_field<&ProximalOptions::low>("low", Range::infinite),
      option_field<&ProximalOptions::high>("high", Range::infinite),
      option_field<&ProximalOptions::max_norm>("max_norm", Range::infinite),
      option_field<&ProximalOptions::axis>("axis")};
  return all;
}

void Proximal::check_together(const ProximalOptions& o, const Site& site) const {
  if (o.max_norm != infinity)
    check_option("Proximal", "max_norm", Range::not_negative, o.max_norm, site);
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

std::size_t Proximal::add_group(const Parameters& parameters, ProximalOptions options, Site site) {
  check_options("Proximal", ProximalOptions::fields(), &options, site);
  check_together(options, site);
  std::vector<std::size_t> places = places_;
  for (const auto& entry : parameters.entries()) {
    const std::string& name = entry.first;
    const Tensor& parameter = entry.second;  // no binding: clang 14 captures none
    const Tensors& known = inner_.parameters();
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const Tensor& p) { return p.impl() == parameter.impl(); });
    places.push_back(std::size_t(found - known.begin()));
    // Undefined and interior tensors are refused below, in every optimizer's words.
    if (!parameter.defined() || !parameter.is_leaf()) continue;
    if (found == known.end()) {
      const std::string which =
          name.empty() ? std::to_string(places.size() - places_.size() - 1) : name;
      throw GraphError("Proximal: parameter " + which + " is not one of the inner optimizer's",
                       site);
    }
    if (uses_slices(options)) normalize_axis("Proximal", options.axis, parameter.shape(), site);
  }
  const std::size_t group = OptionGroups::add_group(parameters, options, site);
  places_ = std::move(places);
  return group;
}

void Proximal::step(Site site) {
  // All that may fail comes before the inner step.
  for (std::size_t group = 0; group < group_count(); ++group) {
    check_options("Proximal", ProximalOptions::fields(), &options(group), site);
    check_together(options(group), site);
  }
  std::vector<std::size_t> stepped;
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    if (!parameters()[i].grad().defined()) continue;
    const double t = step_size(i);
    check_option("Proximal", "the inner optimizer's step size", t >= 0 && std::isfinite(t),
                 "be at least 0 and finite", t, site);
    stepped.push_back(i);
  }
  inner_.step(site);
  for (const std::size_t i : stepped) {
    const Tensor& parameter = parameters()[i];
    proximal_step(parameter, options_of(i), step_size(i));
    parameter.storage()->bump_version("Proximal.step", SiteScope::resolve(site));
  }
}

State Proximal::state_dict() const {
  State state = Optimizer::state_dict();
  state.add("inner", inner_.state_dict());
  return state;
}

std::function<void()> Proximal::prepare_load(const State& state, Site site) {
  auto [own, inner] = split_state(state, "inner");
  return [mine = Optimizer::prepare_load(own, site), theirs = inner_.prepare_load(inner, site)] {
    mine();
    theirs();
  };
}

}  // namespace cinta::optim
