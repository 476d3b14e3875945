#include <algorithm>
#include <cinta/autograd/primitive/fill.hpp>
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
      option_field<&AdagradOptions::eps>("eps", Range::not_negative),
      option_field<&AdagradOptions::maximize>("maximize")};
  return all;
}

Adagrad::Adagrad(const Parameters& parameters, AdagradOptions options, Site site)
    : GroupedOptimizer("Adagrad", {{"sum"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
Adagrad::~Adagrad() = default;

Tensor Adagrad::update(ParameterStep& step, const AdagradOptions& o) const {
  step.state(0, o.initial_accumulator_value);
  const double rate = rate_of(o, step.count());
  return by_rule(step, {o.weight_decay, kernels::Adagrad<double>{rate, o.eps}});
}

double Adagrad::step_size(std::size_t i) const {
  return rate_of(options_of(i), std::max<std::int64_t>(count_of(i), 1));
}

RowwiseAdagrad::RowwiseAdagrad(const Parameters& parameters, AdagradOptions options, Site site)
    : GroupedOptimizer("RowwiseAdagrad", {{"row_sum"}}, Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
RowwiseAdagrad::~RowwiseAdagrad() = default;

Spec RowwiseAdagrad::state_spec(std::size_t i, std::size_t which) const {
  const Spec whole = Optimizer::state_spec(i, which);
  return {{whole.shape.rank() > 0 ? whole.shape[0] : 1}, whole.dtype};
}

Tensor RowwiseAdagrad::update(ParameterStep& step, const AdagradOptions& o) const {
  if (step.is_first(0)) {
    const Spec spec = state_spec(step.index(), 0);
    step.state(0, full(spec.shape, o.initial_accumulator_value, spec.dtype));
  }
  step.state(0);
  const double rate = rate_of(o, step.count());
  return by_rule(step, {o.weight_decay, kernels::RowwiseAdagrad<double>{rate, o.eps}});
}

double RowwiseAdagrad::step_size(std::size_t i) const {
  return rate_of(options_of(i), std::max<std::int64_t>(count_of(i), 1));
}

}  // namespace cinta::optim
