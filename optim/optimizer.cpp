#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cinta/optim/detail/slot.hpp>
#include <cinta/optim/state.hpp>
#include <cmath>
#include <unordered_set>

namespace cinta::optim {

Optimizer::Optimizer(const char* name, std::span<const OptionField> fields, Keeps keeps, Rows rows)
    : name_(name),
      step_name_(cinta::detail::intern(std::string(name) + ".step")),
      fields_(fields),
      keeps_(std::move(keeps)),
      rows_(rows) {
  for (const OptionField& field : fields_)
    if (field.name == std::string_view("maximize")) maximize_ = &field;
}

Optimizer::~Optimizer() = default;

std::size_t Optimizer::add_parameters(const Parameters& parameters, std::shared_ptr<void> options,
                                      const Site& site) {
  const std::string prefix = std::string(name_) + ": parameter ";
  const NamedTensors& entries = parameters.entries();
  if (entries.empty()) throw ValueError(std::string(name_) + ": no parameters", site);
  Tensors tensors = parameters_;
  std::vector<std::shared_ptr<Slot>> slots = slots_;
  // By hash: lists would be searched to their end for each of many parameters.
  std::unordered_set<const TensorImpl*> given_before;
  std::unordered_set<std::string_view> names;
  for (const Tensor& parameter : tensors) given_before.insert(parameter.impl());
  for (const auto& slot : slots) names.insert(slot->name);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const std::string& given = entries[i].first;
    const Tensor& parameter = entries[i].second;  // no binding: clang 14 captures none
    const std::string which = prefix + (given.empty() ? std::to_string(i) : given);
    if (!parameter.defined()) throw ValueError(which + " is undefined", site);
    if (!parameter.requires_grad() || !parameter.is_leaf())
      throw GraphError(which + " is not a leaf that requires gradients", site);
    if (!parameter.is_contiguous())
      throw ValueError(which + " is not dense; pass contiguous(x)", site);
    const bool known = !given_before.insert(parameter.impl()).second;
    if (known) throw ValueError(which + " is given twice", site);
    check_parameter(parameter, which, site);
    const std::string name = given.empty() ? std::to_string(tensors.size()) : given;
    if (names.contains(name))
      throw ValueError(which + ": another parameter is called " + name, site);
    auto slot = std::make_shared<Slot>(Slot{name, parameter.spec(), groups_.size()});
    slot->states.resize(keeps_.tensors.size());
    for (const auto& [number, start] : keeps_.numbers) slot->numbers.push_back(start);
    tensors.push_back(parameter);
    names.insert(slot->name);
    slots.push_back(std::move(slot));
  }
  groups_.push_back(std::move(options));
  parameters_ = std::move(tensors);
  slots_ = std::move(slots);
  for (const auto& [given, parameter] : entries)
    static_cast<Leaf*>(parameter.node())->note_optimizer();
  return groups_.size() - 1;
}

std::size_t Optimizer::split_parameters(std::string_view pattern, std::shared_ptr<void> options,
                                        const Site& site) {
  std::vector<Slot*> found;
  for (const auto& slot : slots_)
    if (cinta::detail::fits(slot->name, pattern)) found.push_back(slot.get());
  if (found.empty()) {
    std::string names;
    for (const auto& slot : slots_) names += (names.empty() ? "" : ", ") + slot->name;
    throw ValueError(std::string(name_) + ": no parameter's name fits \"" + std::string(pattern) +
                         "\"; there are: " + names,
                     site);
  }
  groups_.push_back(std::move(options));
  for (Slot* slot : found) slot->group = groups_.size() - 1;
  return groups_.size() - 1;
}

std::string Optimizer::title(std::size_t i) const {
  const Node* node = parameters_[i].node();
  const char* path = node && node->is_leaf() ? static_cast<const Leaf*>(node)->path() : nullptr;
  const std::string& name = slots_[i]->name;
  return std::string(name_) + ": parameter " + name +
         (path && name != path ? std::string(" (") + path + ")" : std::string());
}

Tensors Optimizer::parameters(std::size_t group) const {
  Tensors list;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (group_of(i) == group) list.push_back(parameters_[i]);
  return list;
}

NamedTensors Optimizer::named_parameters() const {
  NamedTensors list;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    list.emplace_back(slots_[i]->name, parameters_[i]);
  return list;
}

const std::string& Optimizer::name_of(std::size_t i) const { return slots_.at(i)->name; }
std::size_t Optimizer::group_of(std::size_t i) const { return slots_.at(i)->group; }
Tensor Optimizer::kept(std::size_t i, std::size_t which) const {
  parameters_.at(i).catch_up();
  return slots_.at(i)->states[which];
}

void Optimizer::keep(std::size_t i, std::size_t which, Tensor tensor) {
  slots_.at(i)->states[which] = std::move(tensor);
}

std::int64_t Optimizer::count_of(std::size_t i) const { return slots_.at(i)->count; }

// --- options --------------------------------------------------------------------------------

void* Optimizer::options_at(std::size_t group, const Site& site) const {
  if (group < groups_.size()) return groups_[group].get();
  throw IndexError(std::string(name_) + ": there is no group " + std::to_string(group) +
                       ", there are " + std::to_string(groups_.size()),
                   site);
}

const OptionField& Optimizer::field(std::string_view option, const Site& site) const {
  std::string names;
  for (const OptionField& field : fields_) {
    if (field.name == option) return field;
    names += (names.empty() ? "" : ", ") + std::string(field.name);
  }
  throw ValueError(std::string(name_) + ": there is no option \"" + std::string(option) +
                       "\"; there are: " + names,
                   site);
}

std::vector<std::string> Optimizer::option_names() const {
  std::vector<std::string> names;
  for (const OptionField& field : fields_) names.emplace_back(field.name);
  return names;
}

double Optimizer::option(std::string_view option, std::size_t group, Site site) const {
  return field(option, site).get(options_at(group, site));
}

void Optimizer::set_option(std::string_view option, double value, std::size_t group, Site site) {
  const OptionField& which = field(option, site);
  check_option(name_, which.name, which.range, value, site);
  which.set(options_at(group, site), value);
}

void Optimizer::set_option(std::string_view option, double value, Site site) {
  for (std::size_t group = 0; group < group_count(); ++group)
    set_option(option, value, group, site);
}

void Optimizer::check_group(std::size_t, const Site&) const {}

void Optimizer::check_groups(const Site& site) const {
  for (std::size_t group = 0; group < groups_.size(); ++group) check_group(group, site);
}

// --- what subclasses say --------------------------------------------------------------------

void Optimizer::check_parameter(const Tensor&, const std::string&, const Site&) const {}

Tensor Optimizer::propose(ParameterStep&) const {
  throw ValueError(std::string(name_) + ": this optimizer has no update", Site());
}

Spec Optimizer::state_spec(std::size_t i, std::size_t) const { return slots_[i]->spec; }

double Optimizer::step_size(std::size_t) const {
  throw ValueError(std::string(name_) +
                       ": this optimizer has no step for a proximal operator; override step_size",
                   Site());
}

bool Optimizer::maximizes(std::size_t i) const {
  return maximize_ && maximize_->get(groups_[slots_.at(i)->group].get()) != 0;
}

void Optimizer::catch_up() const {
  for (const Tensor& parameter : parameters_) parameter.catch_up();
}

void Optimizer::zero_grad(bool set_to_none, Site site) const {
  cinta::zero_grad(parameters_, set_to_none, site);
}

// --- state ----------------------------------------------------------------------------------

// Rows that are behind have done all steps in what is saved, and the record of them starts again:
// the rest of the training is then the same for who goes on and for who loads.
State Optimizer::state_dict() const {
  State state = state_of(name_);
  state.values["groups"] = std::int64_t(groups_.size());
  for (std::size_t group = 0; group < groups_.size(); ++group)
    for (const OptionField& field : fields_)
      state.values["group." + std::to_string(group) + "/" + field.name] =
          field.get(groups_[group].get());
  const NoGrad no_grad;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = *slots_[i];
    if (slot.lazy) slot.lazy->restart();
    parameters_[i].catch_up();
    const std::string prefix = slot.name + "/";
    std::vector<double> sizes;
    for (const std::int64_t size : slot.spec.shape) sizes.push_back(double(size));
    state.values[prefix + "shape"] = sizes;
    state.values[prefix + "dtype"] = std::string(cinta::name_of(slot.spec.dtype));
    state.values[prefix + "group"] = std::int64_t(slot.group);
    state.values[prefix + "steps"] = slot.count;
    for (std::size_t n = 0; n < slot.numbers.size(); ++n)
      state.values[prefix + keeps_.numbers[n].first] = slot.numbers[n];
    for (std::size_t s = 0; s < slot.states.size(); ++s)
      if (slot.states[s].defined())
        state.tensors[prefix + keeps_.tensors[s]] = clone(slot.states[s]);
  }
  return state;
}

std::function<void()> Optimizer::prepare_load(const State& state, Site site) {
  StateReader reader(state, name_, name_, site);
  const auto groups = reader.value<std::int64_t>("groups");
  if (groups != std::int64_t(groups_.size())) {
    reader.refuse("the state has " + std::to_string(groups) + " groups, there are " +
                  std::to_string(groups_.size()) + " here");
  }
  std::vector<double> options;
  for (std::size_t group = 0; group < groups_.size(); ++group) {
    for (const OptionField& field : fields_) {
      const std::string option = "group." + std::to_string(group) + "/" + field.name;
      // Files of before have no `maximize`: they are of steps that descend.
      const bool absent = &field == maximize_ && !reader.has(option);
      options.push_back(absent ? 0 : reader.value<double>(option));
      check_option(name_, field.name, field.range, options.back(), site);
    }
  }
  struct Loaded {
    std::int64_t count;
    Tensors states;
    std::vector<double> numbers;
  };
  std::vector<Loaded> loaded;
  const NoGrad no_grad;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& slot = *slots_[i];
    const std::string prefix = slot.name + "/";
    const auto sizes = reader.value<std::vector<double>>(prefix + "shape");
    Shape shape = Shape::filled(int(sizes.size()));
    for (std::size_t axis = 0; axis < sizes.size(); ++axis)
      shape[int(axis)] = std::int64_t(sizes[axis]);
    const auto dtype = reader.value<std::string>(prefix + "dtype");
    if (shape != slot.spec.shape || dtype != cinta::name_of(slot.spec.dtype)) {
      reader.refuse("parameter " + slot.name + " is " + dtype + " " + shape.str() +
                    " in the state and " + slot.spec.str() + " here");
    }
    const auto group = reader.value<std::int64_t>(prefix + "group");
    if (group != std::int64_t(slot.group)) {
      reader.refuse("parameter " + slot.name + " is in group " + std::to_string(group) +
                    " in the state and in group " + std::to_string(slot.group) + " here");
    }
    Loaded& now = loaded.emplace_back();
    now.count = reader.value<std::int64_t>(prefix + "steps");
    if (now.count < 0)
      reader.refuse(prefix + "steps is " + std::to_string(now.count) + " in the state");
    for (const auto& [name, start] : keeps_.numbers)
      now.numbers.push_back(reader.value<double>(prefix + name));
    for (std::size_t s = 0; s < keeps_.tensors.size(); ++s) {
      const std::string name = prefix + keeps_.tensors[s];
      now.states.push_back(reader.has_tensor(name)
                               ? clone(reader.tensor(name, state_spec(i, s)).detach())
                               : Tensor());
    }
  }
  reader.finish();

  return [this, options, loaded]() mutable {
    std::size_t next = 0;
    for (const auto& group : groups_)
      for (const OptionField& field : fields_) field.set(group.get(), options[next++]);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      Slot& slot = *slots_[i];
      slot.lazy = nullptr;
      slot.count = loaded[i].count;
      slot.states = std::move(loaded[i].states);
      slot.numbers = std::move(loaded[i].numbers);
    }
  };
}

}  // namespace cinta::optim
