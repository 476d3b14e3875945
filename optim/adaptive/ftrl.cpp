#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/optim/adaptive/ftrl.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> FTRLOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&FTRLOptions::lr>("lr", Range::positive),
      option_field<&FTRLOptions::beta>("beta", Range::not_negative),
      option_field<&FTRLOptions::l1>("l1", Range::not_negative),
      option_field<&FTRLOptions::l2>("l2", Range::not_negative),
      option_field<&FTRLOptions::initial_accumulator_value>("initial_accumulator_value",
                                                            Range::not_negative),
      option_field<&FTRLOptions::maximize>("maximize")};
  return all;
}

FTRL::FTRL(const Parameters& parameters, FTRLOptions options, Site site)
    : GroupedOptimizer("FTRL", {{"z", "n"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
FTRL::~FTRL() = default;

void FTRL::check_together(const FTRLOptions& o, const Site& site) const {
  check_option("FTRL", "beta", o.beta + o.l2 + o.initial_accumulator_value > 0,
               "be positive where l2 and initial_accumulator_value are 0", o.beta, site);
}

Tensor FTRL::update(ParameterStep& step, const FTRLOptions& o) const {
  if (step.is_first(0)) {
    const Tensor& w = step.parameter();
    const double scale = (o.beta + std::sqrt(o.initial_accumulator_value)) / o.lr + o.l2;
    step.state(0, -(scale * w + o.l1 * sign(w)));
  }
  step.state(0);
  step.state(1, o.initial_accumulator_value);
  return by_rule(step, {0, kernels::Ftrl<double>{o.lr, o.beta, o.l1, o.l2}});
}

}  // namespace cinta::optim
