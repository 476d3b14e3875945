#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/sgd/rprop.hpp>

namespace cinta::optim {

std::span<const OptionField> RpropOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&RpropOptions::lr>("lr", Range::not_negative),
      option_field<&RpropOptions::eta_minus>("eta_minus", Range::fraction),
      option_field<&RpropOptions::eta_plus>("eta_plus", Range::positive),
      option_field<&RpropOptions::step_min>("step_min", Range::not_negative),
      option_field<&RpropOptions::step_max>("step_max", Range::positive),
      option_field<&RpropOptions::maximize>("maximize")};
  return all;
}

Rprop::Rprop(const Parameters& parameters, RpropOptions options, Site site)
    : GroupedOptimizer("Rprop", {{"gradient", "step"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Rprop::~Rprop() = default;

void Rprop::check_together(const RpropOptions& o, const Site& site) const {
  check_option("Rprop", "step_min", o.step_min <= o.step_max, "be at most step_max", o.step_min,
               site);
  check_option("Rprop", "eta_plus", o.eta_plus >= 1, "be at least 1", o.eta_plus, site);
}

Tensor Rprop::update(ParameterStep& step, const RpropOptions& o) const {
  step.state(0);
  step.state(1, o.lr);
  return by_rule(step,
                 {0, kernels::Rprop<double>{o.eta_minus, o.eta_plus, o.step_min, o.step_max}});
}

}  // namespace cinta::optim
