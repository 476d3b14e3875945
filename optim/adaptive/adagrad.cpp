#include <algorithm>
#include <cinta/optim/adaptive/adagrad.hpp>
#include <cinta/optim/detail/by_rule.hpp>

namespace cinta::optim {
namespace {

// Of step number `count`, from 1.
double rate_of(const AdagradOptions& o, std::int64_t count) {
  return o.lr / (1 + double(count - 1) * o.lr_decay);
}

}  // namespace

std::span<const OptionField> AdagradOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&AdagradOptions::lr>("lr", Range::not_negative),
      option_field<&AdagradOptions::lr_decay>("lr_decay", Range::not_negative),
      option_field<&AdagradOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&AdagradOptions::initial_accumulator_value>("initial_accumulator_value",
                                                               Range::not_negative),
      option_field<&AdagradOptions::eps>("eps", Range::not_negative)};
  return all;
}

Adagrad::Adagrad(const Parameters& parameters, AdagradOptions options, Site site)
    : GroupedOptimizer("Adagrad", {{"sum"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}

Tensor Adagrad::update(ParameterStep& step, const AdagradOptions& o) const {
  step.state(0, o.initial_accumulator_value);
  const double rate = rate_of(o, step.count());
  return by_rule(step, {o.weight_decay, kernels::Adagrad<double>{rate, o.eps}});
}

double Adagrad::step_size(std::size_t i) const {
  return rate_of(options_of(i), std::max<std::int64_t>(count_of(i), 1));
}

}  // namespace cinta::optim
