#pragma once
// What is behind the handles to a module. Of module.cpp and call.cpp.

#include <atomic>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/detail/leaf.hpp>
#include <cinta/nn/module/module.hpp>
#include <mutex>

namespace cinta::nn {

struct Module::State {
  /// What few modules have.
  struct Extras {
    std::vector<std::shared_ptr<Hook>> hooks[4];  // by HookPoint
    struct Parametrized {
      Tensor place;  // the layer's own handle, which shows the value during a call
      std::function<Tensor(bool training)> value;
    };
    std::vector<Parametrized> parametrized;
    std::recursive_mutex calls;  // of a parametrized layer: its handles show one call's values
  };

  enum class Kind { parameter, buffer, parametrized };
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
  std::string kind = "Module";
  std::unique_ptr<Extras> extras;  // null in nearly all
  std::atomic<int> calls = 0;      // recorded ones, until nobody needs to count any more

  Extras& make_extras() {
    if (!extras) extras = std::make_unique<Extras>();
    return *extras;
  }

  void check_name(std::string_view name, const Site& site) const {
    std::string why;
    if (name.empty()) why = "a name must not be empty";
    if (name.find('.') != std::string_view::npos) why = "a name must not hold a dot";
    for (const Entry& entry : tensors)
      if (entry.name == name) why = "the name is taken";
    for (const auto& [taken, child] : children)
      if (taken == name) why = "the name is taken";
    if (!why.empty()) throw ValueError("add: \"" + std::string(name) + "\": " + why, site);
  }

  /// Calls visit(prefix, state) for this module and all below it, parents first.
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

  std::string path_of(std::string_view name) const {
    std::string text = path;
    if (*path) text += '.';
    return text += name;
  }

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
    if (entry.kind != Kind::parameter || !entry.tensor.requires_grad()) return nullptr;
    Node* node = entry.tensor.node();  // another one's during a functional call
    return node->is_leaf() ? static_cast<Leaf*>(node) : nullptr;
  }

  /// Of a call: that these are the parameters which the layer added, in that order.
  void check_parameters(std::initializer_list<const Tensor*> used, const Site& site) const;
  /// Warns of a layer whose gradients no optimizer takes, while optimizers take others.
  void look_for_optimizer(const Site& site);
};

}  // namespace cinta::nn
