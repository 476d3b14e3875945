#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/optim/detail/proximal_step.hpp>
#include <cinta/optim/state.hpp>
#include <cmath>

namespace cinta::optim {

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

Proximal::Proximal(Optimizer& inner) : OptionGroups("Proximal"), inner_(inner) {}
Proximal::~Proximal() = default;

void Proximal::check_together(const ProximalOptions& o, const Site& site) const {
  detail::check_proximal("Proximal", o, site);
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
    detail::check_proximal_axis("Proximal", options, parameter, site);
  }
  const std::size_t group = OptionGroups::add_group(parameters, options, site);
  places_ = std::move(places);
  return group;
}

void Proximal::step(Site site) {
  const SiteScope scope(SiteScope::resolve(site));
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
    detail::proximal_step(parameter, options_of(i), step_size(i));
    parameter.storage()->bump_version("Proximal.step", SiteScope::resolve(site));
  }
}

State Proximal::state_dict() const {
  return wrap_state(Optimizer::state_dict(), inner_.state_dict());
}

std::function<void()> Proximal::prepare_load(const State& state, Site site) {
  const auto [own, inner] = unwrap_state(state);
  return [mine = Optimizer::prepare_load(own, site), theirs = inner_.prepare_load(inner, site)] {
    mine();
    theirs();
  };
}

}  // namespace cinta::optim
