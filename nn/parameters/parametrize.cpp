#include <algorithm>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/module/detail/module_state.hpp>
#include <cinta/nn/parameters/parametrize.hpp>

namespace cinta::nn {
namespace detail {

struct Parametrizer {
  using State = Module::State;

  static State& state(const Module& layer) { return *layer.state_; }

  /// The entry of a tensor of the layer's own; null if there is none of that kind.
  static State::Entry* entry(const Module& layer, const std::string& name, State::Kind kind) {
    for (State::Entry& entry : state(layer).tensors)
      if (entry.name == name && entry.kind == kind) return &entry;
    return nullptr;
  }

  static State::Extras::Parametrized& find(const char* who, const Module& layer,
                                           const std::string& name, const Site& site) {
    if (const State::Entry* entry = Parametrizer::entry(layer, name, State::Kind::parametrized))
      for (auto& each : state(layer).extras->parametrized)
        if (each.place.impl() == entry->tensor.impl()) return each;
    throw ValueError(std::string(who) + ": " + state(layer).path_of(name) + " is not parametrized",
                     site);
  }

  /// A tensor that another module has too would be empty there. One that was added twice itself is
  /// one module.
  static void check_not_tied(const Module& layer, const std::string& name, const Tensor& parameter,
                             const Site& site) {
    std::shared_ptr<State> root = layer.state_;
    while (auto up = root->parent.lock()) root = up;
    root->walk("", [&](const std::string& prefix, const State& other) {
      for (const State::Entry& entry : other.tensors)
        if (entry.tensor.impl() == parameter.impl() &&
            (&other != layer.state_.get() || entry.name != name))
          throw ValueError("register_parametrization: " + state(layer).path_of(name) +
                               " is tied to " + prefix + entry.name +
                               ", which would be empty; compute the weight where both use it",
                           site);
    });
  }

  /// The module that holds what is trained; makes the one that holds them all if need be.
  static Module add_holder(const Module& layer, const std::string& name, const Site& site) {
    Module holder, all;
    bool found = false;
    for (const auto& [child, module] : layer.named_children())
      if (child == "parametrizations") {
        all = module;
        found = true;
      }
    if (!found) Module(layer).add("parametrizations", all, site);
    all.add(name, holder, site);
    return holder;
  }

  static void remove_holder(const Module& layer, const std::string& name) {
    const auto erase = [](State& from, const std::string& child) {
      std::erase_if(from.children, [&](const auto& each) { return each.first == child; });
    };
    for (const auto& [child, module] : layer.named_children()) {
      if (child != "parametrizations") continue;
      erase(state(module), name);
      if (state(module).children.empty()) erase(state(layer), child);
    }
  }

  static Tensor add_parameter(Module& to, const std::string& name, const Tensor& parameter,
                              const Site& site) {
    return to.add(name, parameter, site);
  }
  static Module add_buffers(Module& to, const NamedTensors& buffers, const Site& site) {
    Module holder;
    for (const auto& [name, buffer] : buffers) holder.add_buffer(name, buffer, site);
    return to.add("0", holder, site);
  }
};

}  // namespace detail

using detail::Parametrizer;
using Kind = Parametrizer::State::Kind;

void register_parametrization(const Module& layer, const std::string& name,
                              Parametrization parametrization, Site site) {
  const std::string who = "register_parametrization: ";
  const std::string path = Parametrizer::state(layer).path_of(name);
  if (is_parametrized(layer, name)) throw ValueError(who + path + " is parametrized already", site);
  const auto* entry = Parametrizer::entry(layer, name, Kind::parameter);
  if (!entry) throw ValueError(who + "the layer has no parameter \"" + name + "\"", site);
  if (!parametrization.value)
    throw ValueError(who + path + " needs a function for its value", site);
  const Tensor parameter = entry->tensor;
  Parametrizer::check_not_tied(layer, name, parameter, site);

  Tensors originals;
  {
    const NoGrad no_grad;
    originals = parametrization.originals ? parametrization.originals(parameter.detach())
                                          : Tensors{parameter.detach()};
    for (Tensor& each : originals) each = clone(each);
    const Tensor value = parametrization.value(originals, false);
    if (value.spec() != parameter.spec())
      throw ValueError(who + path + " is " + parameter.spec().str() + ", its value would be " +
                           value.spec().str(),
                       site);
  }
  Module holder = Parametrizer::add_holder(layer, name, site);
  const bool frozen = !parameter.requires_grad();
  for (std::size_t i = 0; i < originals.size(); ++i) {
    const std::string number = originals.size() == 1 ? "" : std::to_string(i);
    originals[i] = Parametrizer::add_parameter(holder, "original" + number, originals[i], site);
  }
  if (frozen) holder.freeze();
  if (!parametrization.buffers.empty())
    Parametrizer::add_buffers(holder, parametrization.buffers, site);

  for (auto& each : Parametrizer::state(layer).tensors)
    if (each.name == name) each.kind = Kind::parametrized;
  Tensor(parameter).requires_grad_(false, site);
  parameter.set_data(empty({0}, parameter.dtype()), site);
  Parametrizer::state(layer).make_extras().parametrized.push_back(
      {parameter, [value = std::move(parametrization.value), originals](bool training) {
         return value(originals, training);
       }});
}

void remove_parametrization(const Module& layer, const std::string& name, Site site) {
  auto& found = Parametrizer::find("remove_parametrization", layer, name, site);
  const Tensor place = found.place;
  // Frozen if all originals are.
  const bool trained = !layer.get_submodule("parametrizations." + name, site).parameters().empty();
  {
    const NoGrad no_grad;
    place.set_data(clone(found.value(false)), site);
  }
  auto& all = Parametrizer::state(layer).extras->parametrized;
  std::erase_if(all, [&](const auto& each) { return each.place.impl() == place.impl(); });
  for (auto& each : Parametrizer::state(layer).tensors)
    if (each.name == name) each.kind = Kind::parameter;
  Tensor(place).requires_grad_(trained, site);
  Parametrizer::remove_holder(layer, name);
}

bool is_parametrized(const Module& layer, const std::string& name) {
  return Parametrizer::entry(layer, name, Kind::parametrized) != nullptr;
}

Tensor parametrized_value(const Module& layer, const std::string& name, Site site) {
  const auto& found = Parametrizer::find("parametrized_value", layer, name, site);
  const SiteScope scope(SiteScope::resolve(site));
  return found.value(false);
}

}  // namespace cinta::nn
