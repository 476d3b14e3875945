#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/adam.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {
namespace {

void check(const char* name, const AdamOptions& options, const Site& site) {
  const auto fraction = [](double beta) { return beta >= 0 && beta < 1; };
  const char* unit = "lie in [0, 1)";
  check_factor(name, "lr", options.lr, site);
  check_factor(name, "eps", options.eps, site);
  check_factor(name, "weight_decay", options.weight_decay, site);
  check_option(name, "beta1", fraction(options.beta1), unit, options.beta1, site);
  check_option(name, "beta2", fraction(options.beta2), unit, options.beta2, site);
}

}  // namespace

// A parameter with row-sparse gradients.
struct AdamBase::Table {
  Table(Tensor m, Tensor v) : mean(std::move(m)), square(std::move(v)) {}

  void prepare(const Tensor& parameter, const TouchedRows& touched) {
    rows.attach(parameter);
    rows.reserve();
    rows.catch_up(touched.list());
    if (rows.restart_due()) {
      rows.restart();
      steps.clear();
    }
    steps.reserve();
  }

  void step(const Update& update, const kernels::AdamStep& step) {
    const kernels::RowList list = update.touched->list();
    const kernels::AdamRates rates(step, row_decay(update.gradient));
    adam_step(rows.elements(), update.touched->gradients(), mean, square, list, rates);
    steps.append(rates, mean.dtype());
    rows.advance(list);
  }

  Tensor mean, square;
  kernels::AdamSteps steps;
  // Last, because it catches everything up when it goes.
  LazyTable rows{
      [this](const Array& parameter, const kernels::RowList& behind, const std::uint32_t* since) {
        steps.catch_up(parameter, mean, square, behind, since);
      }};
};

AdamBase::AdamBase(const char* name, bool decoupled) : name_(name), decoupled_(decoupled) {}
AdamBase::~AdamBase() = default;

void AdamBase::add_group(const Tensors& parameters, AdamOptions options, Site site) {
  check(name_, options, site);
  const std::size_t first = register_parameters(name_, parameters, site);
  groups_.push_back({first, first + parameters.size(), options});
  states_.resize(this->parameters().size());
}

void AdamBase::step(Site site) {
  std::vector<Update> updates;
  for (const Group& group : groups_) {
    check(name_, group.options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      Tensor gradient = this->gradient(name_, i, site, Rows::taken);
      if (!gradient.defined()) continue;
      State& state = states_[i];
      if (!state.mean.defined()) state.mean = new_state(name_, i, 0, site);
      if (!state.square.defined()) state.square = new_state(name_, i, 0, site);
      const Update& update = updates.emplace_back(parameters()[i], i, std::move(gradient));
      if (!update.touched) continue;
      if (!state.table) state.table = std::make_unique<Table>(state.mean, state.square);
      state.table->prepare(parameters()[i], *update.touched);
    }
  }
  for (const Update& update : updates) {
    const Tensor& parameter = parameters()[update.i];
    const AdamOptions& options = options_of(update.i);
    State& state = states_[update.i];
    const kernels::AdamStep step{options.lr,           options.beta1, options.beta2, options.eps,
                                 options.weight_decay, decoupled_,    ++state.count};
    if (update.touched) {
      state.table->step(update, step);
    } else {
      kernels::adam_step(parameter, {update.gradient}, state.mean, state.square,
                         kernels::all_of(parameter), kernels::AdamRates(step));
    }
    parameter.storage()->bump_version(decoupled_ ? "AdamW.step" : "Adam.step",
                                      SiteScope::resolve(site));
  }
}

}  // namespace cinta::optim
