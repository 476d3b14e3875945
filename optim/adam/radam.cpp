#include <cinta/optim/adam/radam.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> RAdamOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&RAdamOptions::lr>("lr", Range::not_negative),
      option_field<&RAdamOptions::beta1>("beta1", Range::fraction),
      option_field<&RAdamOptions::beta2>("beta2", Range::fraction),
      option_field<&RAdamOptions::eps>("eps", Range::not_negative),
      option_field<&RAdamOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&RAdamOptions::decoupled_weight_decay>("decoupled_weight_decay"),
      option_field<&RAdamOptions::maximize>("maximize")};
  return all;
}

RAdam::RAdam(const Parameters& parameters, RAdamOptions options, Site site)
    : GroupedOptimizer("RAdam", {{"mean", "square"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
RAdam::~RAdam() = default;

Tensor RAdam::update(ParameterStep& step, const RAdamOptions& o) const {
  const double t = double(step.count()), power2 = step.power(o.beta2, t);
  const double most = 2 / (1 - o.beta2) - 1, rho = most - 2 * t * power2 / (1 - power2);
  const bool scaled = rho > 5;
  double rate = o.lr / (1 - step.power(o.beta1, t));
  if (scaled) {
    rate *= std::sqrt((rho - 4) * (rho - 2) * most / ((most - 4) * (most - 2) * rho)) *
            std::sqrt(1 - power2);
  }
  step.state(0);
  step.state(1);
  const bool decoupled = o.decoupled_weight_decay;
  return by_rule(step, {decoupled ? 0 : o.weight_decay,
                        kernels::RAdam<double>{.rate = rate,
                                               .scaled = scaled ? 1.0 : 0.0,
                                               .shrink = decoupled ? 1 - o.lr * o.weight_decay : 1,
                                               .beta1 = o.beta1,
                                               .rest1 = 1 - o.beta1,
                                               .beta2 = o.beta2,
                                               .rest2 = 1 - o.beta2,
                                               .eps = o.eps}});
}

double RAdam::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
