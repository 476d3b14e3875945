#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/row_sparse.hpp>
#include <cinta/ops/kernels/optimizer/lazy_steps.hpp>
#include <cinta/optim/detail/lazy_table.hpp>
#include <cinta/optim/sgd.hpp>
#include <optional>
#include <utility>

namespace cinta::optim {
namespace {

void check(const SGDOptions& options, const Site& site) {
  check_factor("SGD", "lr", options.lr, site);
  check_factor("SGD", "momentum", options.momentum, site);
  check_factor("SGD", "weight_decay", options.weight_decay, site);
  check_factor("SGD", "l1", options.l1, site);
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

  // The law of a step for rows without gradient; none if they stay as they are.
  static std::optional<Law> law_of(const SGDOptions& options, double decay, double threshold) {
    if (options.momentum != 0) return threshold == 0 ? Law::momentum : Law::replay;
    if (decay != 0 || threshold != 0) return Law::shrink;
    return std::nullopt;
  }

  void prepare(const Tensor& parameter, const TouchedRows& touched, std::optional<Law> next) {
    rows.attach(parameter);
    rows.catch_up(touched.list());
    if (!next) return;
    rows.reserve();
    if (law != *next || rows.restart_due()) {
      rows.restart();
      shrinks.clear();
      momenta.clear();
      steps.clear();
      law = *next;
    }
    switch (law) {
      case Law::shrink: return shrinks.reserve();
      case Law::momentum: return momenta.reserve();
      case Law::replay: return kernels::reserve_one(steps);
    }
  }

  // A step of the law that was prepared for.
  void record(const kernels::SgdStep& step, double threshold, Dtype dtype) {
    switch (law) {
      case Law::shrink: return shrinks.append(shrink_map(step, threshold, dtype));
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

void SGD::step(Site site) {
  std::vector<Update> updates;
  std::vector<std::pair<std::size_t, Tensor>> started;  // first buffers, by parameter
  for (const Group& group : groups_) {
    check(group.options, site);
    for (std::size_t i = group.first; i < group.last; ++i) {
      Tensor gradient = this->gradient("SGD", i, site, Rows::taken);
      if (!gradient.defined()) continue;
      if (group.options.momentum != 0 && !buffers_[i].defined())
        started.emplace_back(i, new_state("SGD", i, 0, site));
      const Update& update = updates.emplace_back(parameters()[i], i, std::move(gradient));
      if (!update.touched) continue;
      if (!tables_[i]) tables_[i] = std::make_unique<Table>();
      const double decay = group.options.weight_decay + row_decay(update.gradient);
      tables_[i]->prepare(parameters()[i], *update.touched,
                          Table::law_of(group.options, decay, threshold(i)));
    }
  }
  auto next = started.begin();
  for (const Update& update : updates) {
    const bool first = next != started.end() && next->first == update.i;
    if (first) buffers_[update.i] = std::move((next++)->second);
    if (update.touched) {
      step_rows(update, first, site);
      continue;
    }
    const Tensor& parameter = parameters()[update.i];
    const SGDOptions& options = options_of(update.i);
    const bool momentum = options.momentum != 0;
    const Array buffer = momentum ? buffers_[update.i] : parameter;
    kernels::sgd_step(parameter, {update.gradient}, momentum ? &buffer : nullptr,
                      kernels::all_of(parameter), step_of(options, first), threshold(update.i));
    note_step(parameter, site);
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

void SGD::step_rows(const Update& update, bool first, const Site& site) {
  const std::size_t i = update.i;
  Table& table = *tables_[i];
  const TouchedRows& touched = *update.touched;
  const kernels::RowList list = touched.list();
  SGDOptions options = options_of(i);
  options.weight_decay += row_decay(update.gradient);
  const bool momentum = options.momentum != 0;
  const kernels::SgdStep step = step_of(options, first);
  const double soft = threshold(i);
  const Array parameter = table.rows.elements();
  if (momentum) {
    table.buffer = buffers_[i];
    const Array buffer = table.buffer;
    sgd_step(parameter, touched.gradients(), &buffer, list, step, soft);
    table.record(step, soft, parameter.dtype);
    table.rows.advance(list);
    note_step(parameters()[i], site);
    return;
  }
  if (soft == 0) table.rows.before_scaling(list);
  sgd_step(parameter, touched.gradients(), nullptr, list, step, soft);
  if (step.weight_decay != 0 || soft != 0) {  // else other rows stay as they are
    table.record(step, soft, parameter.dtype);
    table.rows.advance(list);
  }
  note_step(parameters()[i], site);
  if (soft == 0) table.rows.after_scaling(list, shrink_map(step, 0, parameter.dtype).scale);
}

}  // namespace cinta::optim
