#include <cinta/optim/adam/adam.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> AdamOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&AdamOptions::lr>("lr", Range::not_negative),
      option_field<&AdamOptions::beta1>("beta1", Range::fraction),
      option_field<&AdamOptions::beta2>("beta2", Range::fraction),
      option_field<&AdamOptions::eps>("eps", Range::not_negative),
      option_field<&AdamOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&AdamOptions::amsgrad>("amsgrad"),
      option_field<&AdamOptions::maximize>("maximize")};
  return all;
}

AdamBase::AdamBase(const char* name, bool decoupled)
    : GroupedOptimizer(name, {{"mean", "square", "largest_square"}}, Rows::taken),
      decoupled_(decoupled) {}

Adam::Adam(const Parameters& parameters, AdamOptions options, Site site) : AdamBase("Adam", false) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Adam::~Adam() = default;

AdamW::AdamW(const Parameters& parameters, AdamOptions options, Site site)
    : AdamBase("AdamW", true) {
  add_group(parameters, options, SiteScope::resolve(site));
}
AdamW::~AdamW() = default;

Tensor AdamBase::update(ParameterStep& step, const AdamOptions& o) const {
  const double t = double(step.count());
  const double rate = o.lr / (1 - step.power(o.beta1, t));
  const double correction = 1 / std::sqrt(1 - step.power(o.beta2, t));
  const double shrink = decoupled_ ? 1 - o.lr * o.weight_decay : 1;
  const double coupled = decoupled_ ? 0 : o.weight_decay;
  const kernels::Adam<double> rule{rate,        correction, shrink,      o.beta1,
                                   1 - o.beta1, o.beta2,    1 - o.beta2, o.eps};
  step.state(0);
  step.state(1);
  if (!o.amsgrad) return by_rule(step, {coupled, rule});
  step.state(2);
  return by_rule(step, {coupled, std::bit_cast<kernels::AmsGrad<double>>(rule)});
}

double AdamBase::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
