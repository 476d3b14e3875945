#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/adam/schedule_free.hpp>
#include <cinta/optim/detail/by_rule.hpp>
#include <cinta/optim/state.hpp>
#include <cmath>

namespace cinta::optim {

std::span<const OptionField> ScheduleFreeAdamWOptions::fields() {
  static constexpr OptionField all[] = {
      option_field<&ScheduleFreeAdamWOptions::lr>("lr", Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::beta1>("beta1", Range::fraction),
      option_field<&ScheduleFreeAdamWOptions::beta2>("beta2", Range::fraction),
      option_field<&ScheduleFreeAdamWOptions::eps>("eps", Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::weight_decay>("weight_decay", Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::warmup_steps>("warmup_steps", Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::r>("r", Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::weight_lr_power>("weight_lr_power",
                                                               Range::not_negative),
      option_field<&ScheduleFreeAdamWOptions::maximize>("maximize")};
  return all;
}

ScheduleFreeAdamW::ScheduleFreeAdamW(const Parameters& parameters, ScheduleFreeAdamWOptions options,
                                     Site site)
    : GroupedOptimizer("ScheduleFreeAdamW",
                       {{"z", "square", "y"}, {{"largest_lr", 0}, {"weight_sum", 0}}},
                       Rows::taken) {
  add_group(parameters, options, SiteScope::resolve(site));
}
ScheduleFreeAdamW::~ScheduleFreeAdamW() = default;

void ScheduleFreeAdamW::check_together(const ScheduleFreeAdamWOptions& o, const Site& site) const {
  check_option(name(), "beta1", o.beta1 > 0, "lie in (0, 1)", o.beta1, site);
}

Tensor ScheduleFreeAdamW::update(ParameterStep& step, const ScheduleFreeAdamWOptions& o) const {
  const double t = double(step.count());
  const double lr = o.lr * (t <= o.warmup_steps ? t / o.warmup_steps : 1);
  double &largest = step.number(0), &sum = step.number(1);
  largest = std::max(largest, lr);
  const double weight = step.power(t, o.r) * step.power(largest, o.weight_lr_power);
  sum += weight;
  const double share = sum > 0 ? weight / sum : 0;
  step.state(0, step.parameter());
  step.state(1);
  return by_rule(step, {0, kernels::ScheduleFreeAdam<double>{
                               .lr = lr,
                               .rate = lr * (o.beta1 * (1 - share) - 1),
                               .towards = share,
                               .decay = o.weight_decay,
                               .correction = 1 / std::sqrt(1 - step.power(o.beta2, t)),
                               .beta2 = o.beta2,
                               .rest2 = 1 - o.beta2,
                               .eps = o.eps}});
}

void ScheduleFreeAdamW::step(Site site) {
  if (!training_) {
    throw ValueError(
        "ScheduleFreeAdamW: the parameters are averages, for evaluation; call train() before "
        "step()",
        site);
  }
  GroupedOptimizer::step(site);
}

// y is kept, because computing it back from x and z would round.
void ScheduleFreeAdamW::eval(Site site) {
  if (!training_) return;
  const NoGrad no_grad;
  Tensors averages;
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    const Tensor y = parameters()[i].detach(), z = kept(i, 0);
    averages.push_back(z.defined() ? y + (1 - 1 / options_of(i).beta1) * (z - y) : Tensor());
    if (z.defined()) keep(i, 2, clone(y));
  }
  for (std::size_t i = 0; i < parameters().size(); ++i)
    if (averages[i].defined()) copy_(parameters()[i], averages[i], site);
  training_ = false;
}

void ScheduleFreeAdamW::train(Site site) {
  if (training_) return;
  const NoGrad no_grad;
  for (std::size_t i = 0; i < parameters().size(); ++i) {
    if (const Tensor y = kept(i, 2); y.defined()) copy_(parameters()[i], y, site);
    keep(i, 2, Tensor());
  }
  training_ = true;
}

State ScheduleFreeAdamW::state_dict() const {
  State state = GroupedOptimizer::state_dict();
  state.values["training"] = training_;
  return state;
}

std::function<void()> ScheduleFreeAdamW::prepare_load(const State& state, Site site) {
  State rest = state;
  const auto mode = rest.values.extract("training");
  const auto load = GroupedOptimizer::prepare_load(rest, site);
  if (mode.empty() || !std::holds_alternative<bool>(mode.mapped()))
    throw ValueError("ScheduleFreeAdamW: load_state_dict: training is missing in the state", site);
  return [this, load, training = std::get<bool>(mode.mapped())] {
    load();
    training_ = training;
  };
}

double ScheduleFreeAdamW::step_size(std::size_t i) const { return options_of(i).lr; }

}  // namespace cinta::optim
