// The one loop of all optimizers.

#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/ops/elementwise/arithmetic.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/detail/powers.hpp>
#include <cinta/optim/detail/slot.hpp>
#include <cstring>

namespace cinta::optim {
namespace {

constexpr int steps_before_warning = 100;

}  // namespace

ParameterStep::ParameterStep(const char* optimizer, std::size_t index, const Tensor& parameter,
                             Tensor gradient, std::int64_t count, Tensors states,
                             std::vector<double> numbers, Powers& powers)
    : optimizer_(optimizer),
      index_(index),
      parameter_(parameter),
      gradient_(std::move(gradient)),
      count_(count),
      states_(std::move(states)),
      numbers_(std::move(numbers)),
      powers_(&powers) {}
ParameterStep::ParameterStep(ParameterStep&&) noexcept = default;
ParameterStep::~ParameterStep() = default;

double ParameterStep::power(double base, double exponent) const {
  return (*powers_)(base, exponent);
}

Tensor& ParameterStep::state(std::size_t which, double value) {
  Tensor& kept = states_[which];
  const auto end = used_.begin() + std::ptrdiff_t(used_count_);
  if (end != used_.end() && std::find(used_.begin(), end, which) == end)
    used_[used_count_++] = which;
  if (kept.defined()) return kept;
  const Spec spec = parameter_.spec();
  kept = cinta::detail::new_tensor(optimizer_, spec.shape, spec.dtype, Site());
  fill_(kept, value);
  return kept;
}

Tensor& ParameterStep::state(std::size_t which, const Tensor& start) {
  if (is_first(which)) states_[which] = clone(start);
  return state(which);
}

Tensor by_rule(ParameterStep& step, const kernels::StepRule& rule) {
  static_cast<PlannedStep&>(step).rule = rule;
  return {};
}

void LazyRows::prepare(const Tensor& parameter, const Tensors& states, const TouchedRows& touched,
                       const kernels::StepRule& rule) {
  rows_.attach(parameter);
  if (!steps_ || !steps_->takes(rule)) {
    auto next = kernels::PendingSteps::starting_with(rule, parameter.dtype());
    rows_.restart();
    steps_ = std::move(next);
  } else if (rows_.restart_due()) {
    restart();
  }
  states_ = states;
  rows_.catch_up(touched.list());
  if (steps_->changes_nothing(rule)) return;
  rows_.reserve();
  steps_->reserve();
}

void LazyRows::restart() {
  rows_.restart();
  steps_->clear();
}

// What a step begins with: the gradient, dense in memory or row-sparse, where ids may come several
// times; undefined if there is none.
Tensor Optimizer::gradient(std::size_t i, const Site& site) const {
  const Tensor& parameter = parameters_[i];
  Slot& slot = *slots_[i];
  if (parameter.spec() != slot.spec) {
    throw GraphError(title(i) + " was " + slot.spec.str() + " when the optimizer was made and is " +
                         parameter.spec().str() + " now; make a new optimizer",
                     site);
  }
  if (!parameter.is_contiguous())  // set_data has given it a view's elements
    throw ValueError(title(i) + " is not dense any more; give set_data a contiguous(x)", site);
  Tensor gradient = parameter.grad();
  if (parameter.requires_grad()) {
    static_cast<Leaf*>(parameter.node())->note_optimizer();  // unfrozen, it has a new one
    int& missed = slot.without_gradient;
    if (gradient.defined()) {
      missed = std::min(missed, 0);
    } else if (missed >= 0 && ++missed == steps_before_warning) {
      missed = -1;
      warn(title(i) + ", " + slot.spec.str() + ", got no gradient in " +
               std::to_string(steps_before_warning) +
               " steps: the loss does not depend on it, or another tensor took its place",
           site);
    }
  }
  if (!gradient.defined()) return gradient;
  if (!gradient.is_row_sparse()) return contiguous(gradient);
  if (rows_ == Rows::refused) {
    throw ValueError(title(i) +
                         " has a row-sparse gradient, and this optimizer has no exact rule for the "
                         "rows that it leaves out; look its rows up without `sparse`, or train it "
                         "with one that has, such as SGD, Adagrad or AdamW",
                     site);
  }
  const SiteScope scope(SiteScope::resolve(site));
  cinta::detail::check_table(gradient);
  return gradient;
}

// First all that may fail: gradients, memory, what users' updates compute. Nothing in the second
// half throws, so that a step is made for all parameters or for none.
void Optimizer::step(Site site) {
  check_groups(site);
  const NoGrad no_grad;
  Powers powers;
  std::vector<PlannedStep> plan;
  std::vector<kernels::DenseStep> dense;
  plan.reserve(slots_.size());
  dense.reserve(slots_.size());
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Tensor gradient = this->gradient(i, site);
    if (!gradient.defined()) continue;
    if (maximizes(i))
      gradient = gradient.is_row_sparse() ? scale_rows(gradient, -1) : contiguous(-gradient);
    Slot& slot = *slots_[i];
    const Tensor& parameter = parameters_[i];
    PlannedStep& step = plan.emplace_back(name_, i, parameter, std::move(gradient), slot.count + 1,
                                          slot.states, slot.numbers, powers);
    const SiteScope scope(SiteScope::resolve(site));
    const Tensor value = propose(step);
    const Tensor& given = step.gradient();
    if (!step.rule) {
      if (value.spec() != slot.spec) {
        throw ValueError(title(i) + " is " + slot.spec.str() + ", and its update gave " +
                             (value.defined() ? value.spec().str() : "nothing"),
                         site);
      }
      step.value = contiguous(value.detach());
    } else if (given.is_row_sparse()) {
      step.rule->decay += row_decay(given);
      step.touched.emplace(step.rule->rowwise() ? coalesce(given) : given);
      if (!slot.lazy) slot.lazy = std::make_unique<LazyRows>();
      slot.lazy->prepare(parameter, step.states_of_rule(), *step.touched, *step.rule);
      continue;
    }
    parameter.catch_up();
    step.keep.emplace(parameter);
    if (!step.rule || step.rule->rowwise()) continue;
    const Array elements = parameter.impl()->array();
    dense.push_back({&*step.rule, elements.dtype, elements.numel(), elements.memory,
                     given.impl()->memory, step.arrays()});
  }

  if (plan.empty()) {
    throw GraphError(std::string(name_) +
                         ": no parameter has a gradient; call backward() on a loss that depends on "
                         "them before step()",
                     site);
  }

  kernels::dense_steps(dense);
  for (PlannedStep& step : plan) {
    const Tensor& parameter = parameters_[step.index()];
    Slot& slot = *slots_[step.index()];
    const auto written = [&] {
      parameter.storage()->bump_version(step_name_, SiteScope::resolve(site));
    };
    if (step.touched) {
      slot.lazy->step(*step.touched, *step.rule, written);
    } else {
      if (!step.rule) {
        const Array from = step.value.impl()->array(), to = parameter.impl()->array();
        std::memcpy(to.memory, from.memory, std::size_t(to.numel()) * size_of(to.dtype));
      } else if (step.rule->rowwise()) {
        const std::int64_t rows = parameter.rank() > 0 ? parameter.shape()[0] : 1;
        const kernels::RowList all{nullptr, rows,
                                   parameter.numel() / std::max<std::int64_t>(rows, 1)};
        kernels::row_step(*step.rule, parameter.impl()->array(), step.arrays(),
                          {step.gradient().impl()->array()}, all);
      }
      written();
    }
    slot.count = step.count();
    slot.states = step.take_states();
    slot.numbers = step.take_numbers();
  }
}

}  // namespace cinta::optim
