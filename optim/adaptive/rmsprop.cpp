#include <cinta/optim/adaptive/rmsprop.hpp>
#include <cinta/optim/detail/by_rule.hpp>

namespace cinta::optim {

std::span<const OptionField> RMSpropOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&RMSpropOptions::lr>("lr", Range::not_negative),
      option_field<&RMSpropOptions::alpha>("alpha", Range::fraction),
      option_field<&RMSpropOptions::eps>("eps", Range::not_negative),
      option_field<&RMSpropOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&RMSpropOptions::momentum>("momentum", Range::not_negative),
      option_field<&RMSpropOptions::centered>("centered"),
      option_field<&RMSpropOptions::maximize>("maximize")};
  return all;
}

RMSprop::RMSprop(const Parameters& parameters, RMSpropOptions options, Site site)
    : GroupedOptimizer("RMSprop", {{"square", "mean", "momentum"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
RMSprop::~RMSprop() = default;

Tensor RMSprop::update(ParameterStep& step, const RMSpropOptions& o) const {
  const auto by = [&](const auto& formula) { return by_rule(step, {o.weight_decay, formula}); };
  const double rest = 1 - o.alpha;
  step.state(0);
  if (o.centered) step.state(1);
  if (o.momentum != 0) step.state(2);
  if (o.momentum == 0 && !o.centered)
    return by(kernels::RMSprop<double>{o.lr, o.alpha, rest, o.eps});
  if (o.momentum == 0) return by(kernels::RMSpropCentered<double>{o.lr, o.alpha, rest, o.eps});
  if (!o.centered)
    return by(kernels::RMSpropMomentum<double>{o.lr, o.alpha, rest, o.eps, o.momentum});
  return by(kernels::RMSpropCenteredMomentum<double>{o.lr, o.alpha, rest, o.eps, o.momentum});
}

double RMSprop::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
