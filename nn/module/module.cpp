#include <algorithm>
#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/nn/module/detail/load_plan.hpp>
#include <cinta/nn/module/detail/module_state.hpp>
#include <cinta/nn/module/module.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <cstdlib>
#include <cxxabi.h>
#include <unordered_map>
#include <unordered_set>

namespace cinta::nn {

namespace detail {

std::string class_name(const std::type_info& type) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> readable(
      abi::__cxa_demangle(type.name(), nullptr, nullptr, &status), std::free);
  std::string name = readable ? readable.get() : type.name();
  const std::size_t arguments = name.find('<');
  const std::size_t space = name.rfind("::", arguments);
  if (space != std::string::npos) name.erase(0, space + 2);
  // Those of a template's arguments.
  constexpr std::string_view anonymous = "(anonymous namespace)::";
  for (std::size_t at; (at = name.find(anonymous)) != std::string::npos;)
    name.erase(at, anonymous.size());
  for (std::size_t end; (end = name.find("::")) != std::string::npos;) {
    const std::size_t before = name.find_last_of("<, (", end);
    const std::size_t start = before == std::string::npos ? 0 : before + 1;
    name.erase(start, end + 2 - start);
  }
  return name;
}

}  // namespace detail

Module::Module() : state_(std::make_shared<State>()) {}
Module::Module(std::shared_ptr<State> state) : state_(std::move(state)) {}
Module::Module(const Module&) = default;
Module::Module(Module&&) noexcept = default;
Module& Module::operator=(const Module&) = default;
Module& Module::operator=(Module&&) noexcept = default;
Module::~Module() = default;

Tensor Module::add(std::string_view name, Tensor parameter, Site site) {
  state_->check_name(name, site);
  if (!parameter.defined()) {
    throw ValueError("add: parameter \"" + std::string(name) + "\" is undefined", site);
  }
  parameter.requires_grad_(true, site);
  state_->tensors.push_back({std::string(name), parameter, State::Kind::parameter});
  state_->name_leaves();
  return parameter;
}

Tensor Module::add_buffer(std::string_view name, Tensor buffer, Site site) {
  state_->check_name(name, site);
  if (!buffer.defined())
    throw ValueError("add_buffer: \"" + std::string(name) + "\" is undefined", site);
  state_->tensors.push_back({std::string(name), buffer, State::Kind::buffer});
  return buffer;
}

void Module::add_child(std::string_view name, const Module& child, const std::type_info& type,
                       const Site& site) {
  state_->check_name(name, site);
  bool cycle = false;
  child.state_->walk("", [&](const std::string&, const State& s) { cycle |= &s == state_.get(); });
  if (cycle)
    throw ValueError("add: \"" + std::string(name) + "\" contains the module that it is added to",
                     site);
  state_->children.emplace_back(name, child.state_);
  child.state_->parent = state_;
  child.state_->kind = detail::class_name(type);
  child.state_->set_path(state_->path_of(name));
}

NamedTensors Module::named_parameters() const {
  std::unordered_set<const TensorImpl*> seen;  // tied weights count once
  return state_->collect([&](const State::Entry& entry) {
    return entry.kind == State::Kind::parameter && entry.tensor.requires_grad() &&
           seen.insert(entry.tensor.impl()).second;
  });
}

Tensors Module::parameters() const {
  Tensors tensors;
  for (auto& [name, tensor] : named_parameters()) tensors.push_back(std::move(tensor));
  return tensors;
}

NamedTensors Module::named_buffers() const {
  return state_->collect(
      [](const State::Entry& entry) { return entry.kind == State::Kind::buffer; });
}

NamedTensors Module::named_tensors() const {
  return state_->collect(
      [](const State::Entry& entry) { return entry.kind != State::Kind::parametrized; });
}

Tensors Module::all_tensors() const {
  std::unordered_set<const TensorImpl*> seen;
  Tensors tensors;
  for (auto& [name, tensor] : named_tensors())
    if (seen.insert(tensor.impl()).second) tensors.push_back(std::move(tensor));
  return tensors;
}

Tensor Module::get_tensor(std::string_view path, Site site) const {
  for (auto& [name, tensor] : named_tensors())
    if (name == path) return tensor;
  throw ValueError(
      "get_tensor: the module has no parameter or buffer \"" + std::string(path) + "\"", site);
}

NamedModules Module::named_children() const {
  NamedModules found;
  for (const auto& [name, child] : state_->children) found.emplace_back(name, Module(child));
  return found;
}

NamedModules Module::named_modules() const {
  NamedModules found = {{"", *this}};
  for (const auto& [name, child] : named_children())
    for (const auto& [below, module] : child.named_modules())
      found.emplace_back(below.empty() ? name : name + "." + below, module);
  return found;
}

Module Module::get_submodule(std::string_view path, Site site) const {
  for (const auto& [name, module] : named_modules())
    if (name == path) return module;
  throw ValueError("get_submodule: the module has no module \"" + std::string(path) + "\"", site);
}

void Module::apply(const std::function<void(const Module&)>& fn, Site site) const {
  cinta::detail::check_not_empty("apply", "fn", fn, site);
  for (const auto& [name, child] : named_children()) child.apply(fn, site);
  fn(*this);
}

std::string Module::kind() const { return state_->kind; }

StateDict Module::state_dict() const {
  StateDict state = named_tensors();
  for (auto& [name, tensor] : state) tensor = tensor.detach();
  return state;
}

IncompatibleKeys Module::load_state_dict(const StateDict& state, bool strict, Site site) const {
  const detail::LoadPlan plan =
      detail::plan_load("load_state_dict", state_dict(), state, strict, site);
  detail::carry_out(plan, site);
  return plan.keys;
}

std::function<void()> Module::prepare_load(const StateDict& state, Site site) const {
  return [plan = detail::plan_load("load_state_dict", state_dict(), state, true, site), site] {
    detail::carry_out(plan, site);
  };
}

void Module::train(bool on) const {
  state_->walk("", [on](const std::string&, State& state) { state.training = on; });
}

bool Module::is_training() const { return state_->training; }

void Module::zero_grad(bool set_to_none, Site site) const {
  cinta::zero_grad(parameters(), set_to_none, site);
}

void Module::to(Dtype dtype, Site site) const {
  if (!is_floating(dtype)) {
    throw DtypeError(
        std::string("to: a module is converted to a floating dtype, not ") + name_of(dtype), site);
  }
  state_->walk("", [&](const std::string&, const State& state) {
    for (const State::Entry& entry : state.tensors) {
      if (is_floating(entry.tensor.dtype()) && entry.tensor.dtype() != dtype)
        entry.tensor.set_data(cinta::to(entry.tensor.detach(), dtype, site), site);
    }
  });
}

void Module::requires_grad_(bool value, std::string_view pattern, Site site) const {
  bool any = false, parameters = false;
  state_->walk("", [&](const std::string& prefix, State& state) {
    for (State::Entry& entry : state.tensors) {
      if (entry.kind != State::Kind::parameter) continue;
      parameters = true;
      if (!cinta::detail::fits(prefix + entry.name, pattern)) continue;
      any = true;
      entry.tensor.requires_grad_(value, site);
    }
    state.name_leaves();
  });
  if (parameters && !any)
    throw ValueError("requires_grad_: no parameter fits \"" + std::string(pattern) + "\"", site);
}

const char* Module::path() const { return state_->path; }

struct EvalGuard::Modes {
  std::shared_ptr<Module::State> root;
  std::vector<bool> training;  // in the order of the walk
};

EvalGuard::EvalGuard(const Module& module) : modes_(new Modes{module.state_, {}}) {
  // A module that was added twice comes twice, and is in evaluation mode by then.
  std::unordered_map<const Module::State*, bool> before;
  modes_->root->walk("", [&](const std::string&, Module::State& state) {
    modes_->training.push_back(before.emplace(&state, state.training).first->second);
    state.training = false;
  });
}

EvalGuard::~EvalGuard() {
  auto mode = modes_->training.begin();
  modes_->root->walk("", [&](const std::string&, Module::State& state) {
    if (mode != modes_->training.end()) state.training = *mode++;
  });
}

}  // namespace cinta::nn
