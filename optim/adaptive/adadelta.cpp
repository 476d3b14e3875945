#include <cinta/optim/adaptive/adadelta.hpp>
#include <cinta/optim/detail/by_rule.hpp>

namespace cinta::optim {

std::span<const OptionField> AdadeltaOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&AdadeltaOptions::lr>("lr", Range::not_negative),
      option_field<&AdadeltaOptions::rho>("rho", Range::fraction),
      option_field<&AdadeltaOptions::eps>("eps", Range::not_negative),
      option_field<&AdadeltaOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&AdadeltaOptions::maximize>("maximize")};
  return all;
}

Adadelta::Adadelta(const Parameters& parameters, AdadeltaOptions options, Site site)
    : GroupedOptimizer("Adadelta", {{"square", "moved"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Adadelta::~Adadelta() = default;

Tensor Adadelta::update(ParameterStep& step, const AdadeltaOptions& o) const {
  step.state(0);
  step.state(1);
  return by_rule(step, {o.weight_decay, kernels::Adadelta<double>{o.lr, o.rho, 1 - o.rho, o.eps}});
}

double Adadelta::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
