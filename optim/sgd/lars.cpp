#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/optim/detail/norm.hpp>
#include <cinta/optim/sgd/lars.hpp>

namespace cinta::optim {

std::span<const OptionField> LARSOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&LARSOptions::lr>("lr", Range::not_negative),
      option_field<&LARSOptions::momentum>("momentum", Range::not_negative),
      option_field<&LARSOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&LARSOptions::trust_coefficient>("trust_coefficient", Range::positive),
      option_field<&LARSOptions::eps>("eps", Range::not_negative),
      option_field<&LARSOptions::nesterov>("nesterov"),
      option_field<&LARSOptions::maximize>("maximize")};
  return all;
}

LARS::LARS(const Parameters& parameters, LARSOptions options, Site site)
    : GroupedOptimizer("LARS", {{"momentum"}}) {
  add_group(parameters, options, SiteScope::resolve(site));
}
LARS::~LARS() = default;

Tensor LARS::update(ParameterStep& step, const LARSOptions& o) const {
  const Tensor& w = step.parameter();
  const Tensor d = step.gradient() + o.weight_decay * w;
  const Tensor moved = o.lr * detail::trust_ratio(w, d, o.trust_coefficient, o.eps) * d;
  Tensor& buffer = step.state(0);
  buffer = o.momentum * buffer + moved;
  return w - (o.nesterov ? moved + o.momentum * buffer : buffer);
}

}  // namespace cinta::optim
