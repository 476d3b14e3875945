#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/detail/lazy_table.hpp>
#include <cinta/optim/sgd.hpp>

namespace cinta::optim {
namespace {

void check(const SGDOptions& options, const Site& site) {
  const char* rule = "not be negative";
  check_option("SGD", "lr", options.lr >= 0, rule, options.lr, site);
  check_option("SGD", "momentum", options.momentum >= 0, rule, options.momentum, site);
  check_option("SGD", "weight_decay", options.weight_decay >= 0, rule, options.weight_decay, site);
  check_option("SGD", "l1", options.l1 >= 0, rule, options.l1, site);
  check_option("SGD", "momentum", options.l1 == 0 || options.momentum < 1, "be below 1 with l1",
               options.momentum, site);
  check_option("SGD", "dampening", options.l1 == 0 || options.dampening <= 1,
               "be at most 1 with l1", options.dampening, site);
  if (options.nesterov && (options.momentum == 0 || options.dampening != 0))
    throw ValueError("SGD: nesterov needs momentum and no dampening", site);
}

void note_step(const Tensor& parameter, const Site& site) {
  parameter.storage()->bump_version("SGD.step", SiteScope::resolve(site));
}

kernels::SgdStep step_of(const SGDOptions& options, bool first) {
  return {options.lr,           options.momentum, options.dampening,
          options.weight_decay, options.nesterov, first};
}

}  // namespace

// A parameter with row-sparse gradients: the steps that rows may have missed, all of one kind.
struct SGD::Table {
  enum class Law { shrink, momentum, replay };

  void record(Law law_of_step, const kernels::SgdStep& step, double threshold) {
    if (law != law_of_step || rows.restart_due()) {
      rows.restart();
      shrinks.clear();
      momenta.clear();
      steps.clear();
      law = law_of_step;
    }
    switch (law) {
      case Law::shrink: return shrinks.append(shrink_map(step, threshold));
      case Law::momentum: return momenta.append(momentum_map(step));
      case Law::replay: return steps.push_back({step, threshold});
    }
  }

  void catch_up(const Array& parameter, const kernels::RowList& behind,
                const std::uint32_t* since) const {
    switch (law) {
      case Law::shrink:
        return shrink_rows(parameter, behind, maps_since(shrinks, behind, since).data());
      case Law::momentum:
        return momentum_rows(parameter, buffer, behind, maps_since(momenta, behind, since).data());
      case Law::replay: return sgd_replay(parameter, buffer, behind, since, steps);
    }
  }

  template <class Map>
  static std::vector<Map> maps_since(const kernels::StepTree<Map>& tree,
                                     const kernels::RowList& behind, const std::uint32_t* since) {
    std::vector<Map> maps(static_cast<std::size_t>(behind.count)), of_since;
    if (behind.count > tree.size())  // many rows, few numbers
      for (std::int64_t first = 0; first < tree.size(); ++first)
        of_since.push_back(tree.since(first));
    for (std::size_t i = 0; i < maps.size(); ++i)
      maps[i] = of_since.empty() ? tree.since(since[i]) : of_since[since[i]];
    return maps;
  }

  Law law = Law::shrink;
  kernels::StepTree<kernels::ShrinkMap> shrinks;
  kernels::StepTree<kernels::MomentumMap> momenta;
  std::vector<kernels::SgdSoftStep> steps;
  Tensor buffer;
  // Last, because it catches everything up when it goes.
  LazyTable rows{[this](const Array& parameter, const kernels::RowList& behind,
                        const std::uint32_t* since) { catch_up(parameter, behind, since); }};
};

SGD::SGD(const Tensors& parameters, SGDOptions options, Site site) {
  add_group(parameters, options, SiteScope::resolve(site));
}

SGD::~SGD() = default;

void SGD::add_group(const Tensors& parameters, SGDOptions options, Site site) {
  check(options, site);
  const std::size_t first = register_parameters("SGD", parameters, site);
  groups_.push_back({first, first + parameters.size(), options});
  buffers_.resize(this->parameters().size());
  tables_.resize(this->parameters().size());
}

// Whether this is the parameter's first step with momentum.
bool SGD::start_buffer(std::size_t i) {
  if (buffers_[i].defined()) return false;
  buffers_[i] = zeros(parameters()[i].shape(), parameters()[i].dtype());
  return true;
}

void SGD::step(Site site) {
  for (const Group& group : groups_) {
    const SGDOptions& options = group.options;
    check(options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      const Tensor gradient = this->gradient("SGD", i, site, Rows::taken);
      if (!gradient.defined()) continue;
      const Tensor& parameter = parameters()[i];
      if (gradient.is_row_sparse()) {
        step_rows(i, gradient, options, site);
        continue;
      }
      {
        const KeepPaddingRow keep(parameter);
        const bool momentum = options.momentum != 0;
        const kernels::SgdStep step = step_of(options, momentum && start_buffer(i));
        const Array buffer = momentum ? buffers_[i] : parameter;
        const Array* used = momentum ? &buffer : nullptr;
        kernels::sgd_step(parameter, {gradient}, used, kernels::all_of(parameter), step,
                          threshold(i));
      }
      note_step(parameter, site);
    }
  }
}

// How far l1 moves an element: as optim::Proximal would.
double SGD::threshold(std::size_t i) const {
  const double l1 = options_of(i).l1;
  return l1 == 0 ? 0 : step_size(i) * l1;
}

double SGD::step_size(std::size_t i) const {
  const SGDOptions& options = options_of(i);
  if (options.momentum == 0) return options.lr;  // dampening acts on the buffer only
  return options.lr * (1 - options.dampening) / (1 - options.momentum);
}

void SGD::step_rows(std::size_t i, const Tensor& gradient, SGDOptions options, const Site& site) {
  if (!tables_[i]) tables_[i] = std::make_unique<Table>();
  Table& table = *tables_[i];
  table.rows.attach(parameters()[i]);
  const TouchedRows touched(gradient);
  const kernels::RowList list = touched.list();
  table.rows.catch_up(list);

  options.weight_decay += row_decay(gradient);
  const bool momentum = options.momentum != 0;
  const kernels::SgdStep step = step_of(options, momentum && start_buffer(i));
  const double soft = threshold(i);
  const Array parameter = table.rows.elements();
  if (momentum) {
    table.buffer = buffers_[i];
    const Array buffer = table.buffer;
    sgd_step(parameter, touched.gradients(), &buffer, list, step, soft);
    table.record(soft == 0 ? Table::Law::momentum : Table::Law::replay, step, soft);
    table.rows.advance(list);
    note_step(parameters()[i], site);
    return;
  }
  if (soft == 0) table.rows.before_scaling(list);
  sgd_step(parameter, touched.gradients(), nullptr, list, step, soft);
  if (step.weight_decay != 0 || soft != 0) {  // else other rows stay as they are
    table.record(Table::Law::shrink, step, soft);
    table.rows.advance(list);
  }
  note_step(parameters()[i], site);
  if (soft == 0) table.rows.after_scaling(list, shrink_map(step, 0).scale);
}

}  // namespace cinta::optim
