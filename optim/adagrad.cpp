#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/adagrad.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {
namespace {

void check(const AdagradOptions& options, const Site& site) {
  const char* rule = "not be negative";
  check_option("Adagrad", "lr", options.lr >= 0, rule, options.lr, site);
  check_option("Adagrad", "lr_decay", options.lr_decay >= 0, rule, options.lr_decay, site);
  check_option("Adagrad", "weight_decay", options.weight_decay >= 0, rule, options.weight_decay,
               site);
  check_option("Adagrad", "initial_accumulator_value", options.initial_accumulator_value >= 0, rule,
               options.initial_accumulator_value, site);
  check_option("Adagrad", "eps", options.eps >= 0, rule, options.eps, site);
}

}  // namespace

// A parameter with row-sparse gradients.
struct Adagrad::Table {
  explicit Table(Tensor sums) : sum(std::move(sums)) {}

  void step(const Tensor& parameter, const Tensor& gradient, kernels::AdagradStep step) {
    rows.attach(parameter);
    const TouchedRows touched(gradient);
    const kernels::RowList list = touched.list();
    rows.catch_up(list);
    step.weight_decay += row_decay(gradient);
    adagrad_step(rows.elements(), touched.gradients(), sum, list, step);
    if (step.weight_decay == 0) return;  // other rows stay as they are
    if (rows.restart_due()) {
      rows.restart();
      steps.clear();
    }
    steps.push_back(step);
    rows.advance(list);
  }

  Tensor sum;
  std::vector<kernels::AdagradStep> steps;
  // Last, because it catches everything up when it goes.
  LazyTable rows{
      [this](const Array& parameter, const kernels::RowList& behind, const std::uint32_t* since) {
        adagrad_replay(parameter, sum, behind, since, steps);
      }};
};

Adagrad::Adagrad(const Tensors& parameters, AdagradOptions options, Site site) {
  add_group(parameters, options, SiteScope::resolve(site));
}

Adagrad::~Adagrad() = default;

void Adagrad::add_group(const Tensors& parameters, AdagradOptions options, Site site) {
  check(options, site);
  const std::size_t first = register_parameters("Adagrad", parameters, site);
  groups_.push_back({first, first + parameters.size(), options});
  while (states_.size() < this->parameters().size())
    states_.push_back({options.initial_accumulator_value, {}, 0, nullptr});
}

void Adagrad::step(Site site) {
  for (const Group& group : groups_) {
    const AdagradOptions& options = group.options;
    check(options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Tensor gradient = this->gradient("Adagrad", i, site, Rows::taken);
      if (!gradient.defined()) continue;
      const Tensor& parameter = parameters()[i];
      State& state = states_[i];
      if (state.count == 0) state.sum = full(parameter.shape(), state.initial, parameter.dtype());
      const kernels::AdagradStep step{rate(i, state.count++), options.eps, options.weight_decay};
      if (gradient.is_row_sparse()) {
        if (!state.table) state.table = std::make_unique<Table>(state.sum);
        state.table->step(parameter, gradient, step);
      } else {
        const KeepPaddingRow keep(parameter);
        adagrad_step(parameter, {gradient}, state.sum, kernels::all_of(parameter), step);
      }
      parameter.storage()->bump_version("Adagrad.step", SiteScope::resolve(site));
    }
  }
}

}  // namespace cinta::optim
