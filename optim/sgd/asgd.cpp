#include <algorithm>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/sgd/asgd.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> ASGDOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&ASGDOptions::lr>("lr", Range::not_negative),
      option_field<&ASGDOptions::lambd>("lambd", Range::not_negative),
      option_field<&ASGDOptions::alpha>("alpha"),
      option_field<&ASGDOptions::t0>("t0", Range::not_negative),
      option_field<&ASGDOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&ASGDOptions::maximize>("maximize")};
  return all;
}

ASGD::ASGD(const Parameters& parameters, ASGDOptions options, Site site)
    : GroupedOptimizer("ASGD", {{"average"}, {{"eta", 0}, {"mu", 1}}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
ASGD::~ASGD() = default;

Tensor ASGD::update(ParameterStep& step, const ASGDOptions& o) const {
  const double t = double(step.count());
  double &eta = step.number(0), &mu = step.number(1);
  if (step.count() == 1) eta = o.lr;
  step.state(0);
  const Tensor done =
      by_rule(step, {o.weight_decay, kernels::AveragedSgd<double>{eta, 1 - o.lambd * eta, mu}});
  eta = o.lr / std::pow(1 + o.lambd * o.lr * t, o.alpha);
  mu = 1 / std::max(1.0, t - o.t0);
  return done;
}

Tensor ASGD::average(std::size_t i) const {
  const Tensor kept = this->kept(i, 0);
  const NoGrad no_grad;
  return clone(kept.defined() ? kept : parameters().at(i).detach());
}

}  // namespace cinta::optim
