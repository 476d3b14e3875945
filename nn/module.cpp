#include <algorithm>
#include <atomic>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/core/warning.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tape/node.hpp>
#include <cinta/nn/detail/load_plan.hpp>
#include <cinta/nn/module.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/copy.hpp>
#include <unordered_set>

namespace cinta::nn {

struct Module::State {
  enum class Kind { parameter, buffer };
  struct Entry {
    std::string name;
    Tensor tensor;
    Kind kind;
  };
  std::vector<Entry> tensors;
  std::vector<std::pair<std::string, std::shared_ptr<State>>> children;
  std::weak_ptr<State> parent;
  bool training = true;
  const char* path = "";
  std::atomic<int> calls = 0;  // recorded ones, until nobody needs to count any more

  void check_name(const std::string& name, const Site& site) const {
    std::string why;
    if (name.empty()) why = "a name must not be empty";
    if (name.find('.') != std::string::npos) why = "a name must not hold a dot";
    for (const Entry& entry : tensors)
      if (entry.name == name) why = "the name is taken";
    for (const auto& [taken, child] : children)
      if (taken == name) why = "the name is taken";
    if (!why.empty()) throw ValueError("add: \"" + name + "\": " + why, site);
  }

  // Calls visit(prefix, state) for this module and all below it, parents first.
  template <class F>
  void walk(const std::string& prefix, const F& visit) {
    visit(prefix, *this);
    for (const auto& [name, child] : children) child->walk(prefix + name + ".", visit);
  }

  NamedTensors collect(auto&& wanted) {
    NamedTensors found;
    walk("", [&](const std::string& prefix, const State& state) {
      for (const Entry& entry : state.tensors)
        if (wanted(entry)) found.emplace_back(prefix + entry.name, entry.tensor);
    });
    return found;
  }

  std::string path_of(const std::string& name) const { return *path ? path + ("." + name) : name; }

  void set_path(const std::string& text) {
    path = cinta::detail::intern(text);
    name_leaves();
    for (const auto& [name, child] : children) child->set_path(path_of(name));
  }

  // So that messages of those who have only the tensor can name it.
  void name_leaves() const {
    for (const Entry& entry : tensors)
      if (Leaf* leaf = leaf_of(entry)) leaf->set_path(cinta::detail::intern(path_of(entry.name)));
  }

  // The leaf of a parameter that is not frozen, else null.
  static Leaf* leaf_of(const Entry& entry) {
    const bool trained = entry.kind == Kind::parameter && entry.tensor.requires_grad();
    return trained ? static_cast<Leaf*>(entry.tensor.node()) : nullptr;
  }

  // Whether an optimizer has any parameter of the tree that this module is in.
  bool is_trained() {
    State* root = this;
    for (auto up = parent.lock(); up; up = root->parent.lock()) root = up.get();
    bool trained = false;
    root->walk("", [&](const std::string&, const State& state) {
      for (const Entry& entry : state.tensors)
        if (const Leaf* leaf = leaf_of(entry)) trained |= leaf->has_optimizer();
    });
    return trained;
  }

  // That these are the parameters which the layer added, in that order.
  void check_parameters(std::initializer_list<const Tensor*> used, const Site& site) const {
    std::size_t i = 0;
    for (const Tensor* tensor : used) {
      const Entry* added = i < tensors.size() ? &tensors[i] : nullptr;
      if (tensor->impl() == (added ? added->tensor.impl() : nullptr)) {
        ++i;
        continue;
      }
      throw GraphError((added ? path_of(added->name) : std::string("a parameter")) +
                           ": another tensor was assigned to this parameter, which would be used "
                           "and not trained or saved; write into it, under NoGrad, by copy_",
                       site);
    }
  }

  // A layer whose gradients no optimizer takes, while optimizers take others, was forgotten. Looked
  // for now and then only, since it takes a walk.
  void look_for_optimizer(const Site& site) {
    constexpr int now_and_then = 100;
    const int count = calls.load(std::memory_order_relaxed);
    if (count < 0) return;
    calls.store(count + 1, std::memory_order_relaxed);
    if ((count + 1) % now_and_then != 0 || !Leaf::any_has_optimizer()) return;
    const Entry* with_gradient = nullptr;
    for (const Entry& entry : tensors)
      if (const Leaf* leaf = leaf_of(entry); leaf && leaf->grad().defined()) with_gradient = &entry;
    if (!with_gradient || is_trained()) return;
    calls.store(-1, std::memory_order_relaxed);
    warn("a layer gets gradients that no optimizer takes: was it never add()ed to the model? Its " +
             path_of(with_gradient->name) + ", " + with_gradient->tensor.spec().str() +
             ", was made at " + with_gradient->tensor.node()->site().str(),
         site);
  }
};

Module::Module() : state_(std::make_shared<State>()) {}

Tensor Module::add(const std::string& name, Tensor parameter, Site site) {
  state_->check_name(name, site);
  if (!parameter.defined()) throw ValueError("add: parameter \"" + name + "\" is undefined", site);
  parameter.requires_grad_(true, site);
  state_->tensors.push_back({name, parameter, State::Kind::parameter});
  state_->name_leaves();
  return parameter;
}

Tensor Module::add_buffer(const std::string& name, Tensor buffer, Site site) {
  state_->check_name(name, site);
  if (!buffer.defined()) throw ValueError("add_buffer: \"" + name + "\" is undefined", site);
  state_->tensors.push_back({name, buffer, State::Kind::buffer});
  return buffer;
}

void Module::add_child(const std::string& name, const Module& child, const Site& site) {
  state_->check_name(name, site);
  bool cycle = false;
  child.state_->walk("", [&](const std::string&, const State& s) { cycle |= &s == state_.get(); });
  if (cycle)
    throw ValueError("add: \"" + name + "\" contains the module that it is added to", site);
  state_->children.emplace_back(name, child.state_);
  child.state_->parent = state_;
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

Tensors Module::all_tensors() const {
  std::unordered_set<const TensorImpl*> seen;
  Tensors tensors;
  for (auto& [name, tensor] : state_->collect(
           [&](const State::Entry& entry) { return seen.insert(entry.tensor.impl()).second; }))
    tensors.push_back(std::move(tensor));
  return tensors;
}

StateDict Module::state_dict() const {
  StateDict state = state_->collect([](const State::Entry&) { return true; });
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

void Module::requires_grad_(bool value, Site site) const {
  state_->walk("", [&](const std::string&, State& state) {
    for (State::Entry& entry : state.tensors)
      if (entry.kind == State::Kind::parameter) entry.tensor.requires_grad_(value, site);
    state.name_leaves();
  });
}

const char* Module::path() const { return state_->path; }

Module::Call::Call(const Module& module, const Site& site,
                   std::initializer_list<const Tensor*> parameters)
    : site_(SiteScope::resolve(site)), scope_(site_) {
  State& state = *module.state_;
  site_.module = state.path;
  if (parameters.size() == 0) return;
  state.check_parameters(parameters, site_);
  if (state.training && GradMode::enabled()) state.look_for_optimizer(site_);
}

struct EvalGuard::Modes {
  std::shared_ptr<Module::State> root;
  std::vector<bool> training;  // in the order of the walk
};

EvalGuard::EvalGuard(const Module& module) : modes_(new Modes{module.state_, {}}) {
  modes_->root->walk("", [&](const std::string&, Module::State& state) {
    modes_->training.push_back(state.training);
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
