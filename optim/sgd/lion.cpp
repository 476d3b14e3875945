#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/sgd/lion.hpp>

namespace cinta::optim {

std::span<const OptionField> LionOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LionOptions::lr>("lr", Range::not_negative),
      option_field<&LionOptions::beta1>("beta1", Range::fraction),
      option_field<&LionOptions::beta2>("beta2", Range::fraction),
      option_field<&LionOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&LionOptions::maximize>("maximize")};
  return all;
}

Lion::Lion(const Parameters& parameters, LionOptions options, Site site)
    : GroupedOptimizer("Lion", {{"mean"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Lion::~Lion() = default;

Tensor Lion::update(ParameterStep& step, const LionOptions& o) const {
  step.state(0);
  return by_rule(step, {0, kernels::Lion<double>{o.lr, 1 - o.lr * o.weight_decay, o.beta1,
                                                 1 - o.beta1, o.beta2, 1 - o.beta2}});
}

double Lion::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
