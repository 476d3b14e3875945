#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/adam.hpp>
#include <cinta/optim/detail/lazy_table.hpp>

namespace cinta::optim {
namespace {

void check(const char* name, const AdamOptions& options, const Site& site) {
  const auto fraction = [](double beta) { return beta >= 0 && beta < 1; };
  const char* positive = "not be negative";
  const char* unit = "lie in [0, 1)";
  check_option(name, "lr", options.lr >= 0, positive, options.lr, site);
  check_option(name, "eps", options.eps >= 0, positive, options.eps, site);
  check_option(name, "weight_decay", options.weight_decay >= 0, positive, options.weight_decay,
               site);
  check_option(name, "beta1", fraction(options.beta1), unit, options.beta1, site);
  check_option(name, "beta2", fraction(options.beta2), unit, options.beta2, site);
}

}  // namespace

// A parameter with row-sparse gradients.
struct AdamBase::Table {
  Table(Tensor m, Tensor v) : mean(std::move(m)), square(std::move(v)) {}

  void step(const Tensor& parameter, const Tensor& gradient, const kernels::AdamStep& step) {
    rows.attach(parameter);
    const TouchedRows touched(gradient);
    const kernels::RowList list = touched.list();
    rows.catch_up(list);
    const kernels::AdamRates rates(step, row_decay(gradient));
    adam_step(rows.elements(), touched.gradients(), mean, square, list, rates);
    if (rows.restart_due()) {
      rows.restart();
      steps.clear();
    }
    steps.append(rates);
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
  for (const Group& group : groups_) {
    const AdamOptions& options = group.options;
    check(name_, options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Tensor gradient = this->gradient(name_, i, site, Rows::taken);
      if (!gradient.defined()) continue;
      const Tensor& parameter = parameters()[i];
      State& state = states_[i];
      if (state.count == 0) {
        state.mean = zeros(parameter.shape(), parameter.dtype());
        state.square = zeros(parameter.shape(), parameter.dtype());
      }
      const kernels::AdamStep step{options.lr,           options.beta1, options.beta2, options.eps,
                                   options.weight_decay, decoupled_,    ++state.count};
      if (gradient.is_row_sparse()) {
        if (!state.table) state.table = std::make_unique<Table>(state.mean, state.square);
        state.table->step(parameter, gradient, step);
      } else {
        const KeepPaddingRow keep(parameter);
        kernels::adam_step(parameter, {gradient}, state.mean, state.square,
                           kernels::all_of(parameter), kernels::AdamRates(step));
      }
      parameter.storage()->bump_version(decoupled_ ? "AdamW.step" : "Adam.step",
                                        SiteScope::resolve(site));
    }
  }
}

}  // namespace cinta::optim
