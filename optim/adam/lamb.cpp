#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/elementwise.hpp>
#include <cinta/optim/adam/lamb.hpp>
#include <cinta/optim/detail/norm.hpp>

namespace cinta::optim {

std::span<const OptionField> LAMBOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LAMBOptions::lr>("lr", Range::not_negative),
      option_field<&LAMBOptions::beta1>("beta1", Range::fraction),
      option_field<&LAMBOptions::beta2>("beta2", Range::fraction),
      option_field<&LAMBOptions::eps>("eps", Range::not_negative),
      option_field<&LAMBOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&LAMBOptions::maximize>("maximize")};
  return all;
}

LAMB::LAMB(const Parameters& parameters, LAMBOptions options, Site site)
    : GroupedOptimizer("LAMB", {{"mean", "square"}}) {
  add_group(parameters, options, SiteScope::resolve(site));
}
LAMB::~LAMB() = default;

Tensor LAMB::update(ParameterStep& step, const LAMBOptions& o) const {
  const double t = double(step.count());
  const Tensor &w = step.parameter(), &g = step.gradient();
  Tensor &mean = step.state(0), &square = step.state(1);
  mean = o.beta1 * mean + (1 - o.beta1) * g;
  square = o.beta2 * square + (1 - o.beta2) * cinta::square(g);
  const double correction1 = 1 / (1 - step.power(o.beta1, t));
  const double correction2 = 1 / (1 - step.power(o.beta2, t));
  const Tensor direction =
      correction1 * mean / (sqrt(correction2 * square) + o.eps) + o.weight_decay * w;
  return w - o.lr * detail::trust_ratio(w, direction) * direction;
}

double LAMB::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
