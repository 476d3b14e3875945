#include <cinta/optim/adam/nadam.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> NAdamOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&NAdamOptions::lr>("lr", Range::not_negative),
      option_field<&NAdamOptions::beta1>("beta1", Range::fraction),
      option_field<&NAdamOptions::beta2>("beta2", Range::fraction),
      option_field<&NAdamOptions::eps>("eps", Range::not_negative),
      option_field<&NAdamOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&NAdamOptions::momentum_decay>("momentum_decay"),
      option_field<&NAdamOptions::decoupled_weight_decay>("decoupled_weight_decay"),
      option_field<&NAdamOptions::maximize>("maximize")};
  return all;
}

NAdam::NAdam(const Parameters& parameters, NAdamOptions options, Site site)
    : GroupedOptimizer("NAdam", {{"mean", "square"}, {{"mu_product", 1}}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
NAdam::~NAdam() = default;

Tensor NAdam::update(ParameterStep& step, const NAdamOptions& o) const {
  const double t = double(step.count());
  const auto mu_at = [&](double s) {
    return o.beta1 * (1 - 0.5 * step.power(0.96, s * o.momentum_decay));
  };
  const double mu = mu_at(t), next = mu_at(t + 1);
  double& product = step.number(0);
  product *= mu;
  step.state(0);
  step.state(1);
  const bool decoupled = o.decoupled_weight_decay;
  return by_rule(step,
                 {decoupled ? 0 : o.weight_decay,
                  kernels::NAdam<double>{.direct = o.lr * (1 - mu) / (1 - product),
                                         .rate = o.lr * next / (1 - product * next),
                                         .correction = 1 / std::sqrt(1 - step.power(o.beta2, t)),
                                         .shrink = decoupled ? 1 - o.lr * o.weight_decay : 1,
                                         .beta1 = o.beta1,
                                         .rest1 = 1 - o.beta1,
                                         .beta2 = o.beta2,
                                         .rest2 = 1 - o.beta2,
                                         .eps = o.eps}});
}

double NAdam::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
