#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/adagrad.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {
namespace {

void check(const AdagradOptions& options, const Site& site) {
  check_factor("Adagrad", "lr", options.lr, site);
  check_factor("Adagrad", "lr_decay", options.lr_decay, site);
  check_factor("Adagrad", "weight_decay", options.weight_decay, site);
  check_factor("Adagrad", "initial_accumulator_value", options.initial_accumulator_value, site);
  check_factor("Adagrad", "eps", options.eps, site);
}

}  // namespace

// A parameter with row-sparse gradients.
struct Adagrad::Table {
  explicit Table(Tensor sums) : sum(std::move(sums)) {}

  void prepare(const Tensor& parameter, const TouchedRows& touched, double decay) {
    rows.attach(parameter);
    rows.catch_up(touched.list());
    if (decay == 0) return;  // other rows stay as they are
    rows.reserve();
    if (rows.restart_due()) {
      rows.restart();
      steps.clear();
    }
    kernels::reserve_one(steps);
  }

  void step(const Update& update, kernels::AdagradStep step) {
    const kernels::RowList list = update.touched->list();
    step.weight_decay += row_decay(update.gradient);
    adagrad_step(rows.elements(), update.touched->gradients(), sum, list, step);
    if (step.weight_decay == 0) return;
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
  std::vector<Update> updates;
  for (const Group& group : groups_) {
    check(group.options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      Tensor gradient = this->gradient("Adagrad", i, site, Rows::taken);
      if (!gradient.defined()) continue;
      State& state = states_[i];
      if (!state.sum.defined()) state.sum = new_state("Adagrad", i, state.initial, site);
      const Update& update = updates.emplace_back(parameters()[i], i, std::move(gradient));
      if (!update.touched) continue;
      if (!state.table) state.table = std::make_unique<Table>(state.sum);
      state.table->prepare(parameters()[i], *update.touched,
                           group.options.weight_decay + row_decay(update.gradient));
    }
  }
  for (const Update& update : updates) {
    const Tensor& parameter = parameters()[update.i];
    const AdagradOptions& options = options_of(update.i);
    State& state = states_[update.i];
    const kernels::AdagradStep step{rate(update.i, state.count++), options.eps,
                                    options.weight_decay};
    if (update.touched)
      state.table->step(update, step);
    else
      adagrad_step(parameter, {update.gradient}, state.sum, kernels::all_of(parameter), step);
    parameter.storage()->bump_version("Adagrad.step", SiteScope::resolve(site));
  }
}

}  // namespace cinta::optim
