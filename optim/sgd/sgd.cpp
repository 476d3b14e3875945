#include <cinta/autograd/core/error.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/sgd/sgd.hpp>

namespace cinta::optim {
namespace {

double step_size_of(const SGDOptions& o) {
  if (o.momentum == 0) return o.lr;  // dampening acts on the buffer only
  return o.lr * (1 - o.dampening) / (1 - o.momentum);
}

}  // namespace

std::span<const OptionField> SGDOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&SGDOptions::lr>("lr", Range::not_negative),
      option_field<&SGDOptions::momentum>("momentum", Range::not_negative),
      option_field<&SGDOptions::dampening>("dampening"),
      option_field<&SGDOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&SGDOptions::l1>("l1", Range::not_negative),
      option_field<&SGDOptions::nesterov>("nesterov"),
      option_field<&SGDOptions::maximize>("maximize")};
  return all;
}

void SGD::check_together(const SGDOptions& o, const Site& site) const {
  check_option("SGD", "momentum", o.l1 == 0 || o.momentum < 1, "be below 1 with l1", o.momentum,
               site);
  check_option("SGD", "dampening", o.l1 == 0 || o.dampening <= 1, "be at most 1 with l1",
               o.dampening, site);
  if (o.nesterov && (o.momentum == 0 || o.dampening != 0))
    throw ValueError("SGD: nesterov needs momentum and no dampening", site);
}

SGD::SGD(const Parameters& parameters, SGDOptions options, Site site)
    : GroupedOptimizer("SGD", {{"momentum"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
SGD::~SGD() = default;

Tensor SGD::update(ParameterStep& step, const SGDOptions& o) const {
  const double threshold = o.l1 == 0 ? 0 : step_size_of(o) * o.l1;
  const auto by = [&](const auto& formula) { return by_rule(step, {o.weight_decay, formula}); };
  if (o.momentum == 0 && threshold == 0) return by(kernels::Sgd<double>{o.lr});
  if (o.momentum == 0) return by(kernels::SgdSoft<double>{o.lr, threshold});
  const bool first = step.is_first(0);
  step.state(0);
  const double kept = first ? 0 : o.momentum, fresh = first ? 1 : 1 - o.dampening;
  const double direct = o.nesterov ? 1 : 0, through = o.nesterov ? o.momentum : 1;
  if (threshold == 0) return by(kernels::SgdMomentum<double>{o.lr, kept, fresh, direct, through});
  return by(kernels::SgdMomentumSoft<double>{o.lr, kept, fresh, direct, through, threshold});
}

double SGD::step_size(std::size_t i) const { return step_size_of(options_of(i)); }

}  // namespace cinta::optim
