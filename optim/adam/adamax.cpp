#include <cinta/optim/adam/adamax.hpp>
#include <cinta/optim/detail/by_rule.hpp>

namespace cinta::optim {

std::span<const OptionField> AdamaxOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&AdamaxOptions::lr>("lr", Range::not_negative),
      option_field<&AdamaxOptions::beta1>("beta1", Range::fraction),
      option_field<&AdamaxOptions::beta2>("beta2", Range::fraction),
      option_field<&AdamaxOptions::eps>("eps", Range::not_negative),
      option_field<&AdamaxOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&AdamaxOptions::maximize>("maximize")};
  return all;
}

Adamax::Adamax(const Parameters& parameters, AdamaxOptions options, Site site)
    : GroupedOptimizer("Adamax", {{"mean", "largest"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Adamax::~Adamax() = default;

Tensor Adamax::update(ParameterStep& step, const AdamaxOptions& o) const {
  step.state(0);
  step.state(1);
  const double rate = o.lr / (1 - step.power(o.beta1, double(step.count())));
  return by_rule(
      step, {o.weight_decay, kernels::Adamax<double>{rate, o.beta1, 1 - o.beta1, o.beta2, o.eps}});
}

double Adamax::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
