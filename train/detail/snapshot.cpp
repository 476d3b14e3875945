#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/train/detail/snapshot.hpp>

namespace cinta::train::detail {

void Snapshot::take(const nn::Module& model) {
  const NoGrad guard;
  state_.clear();
  for (const auto& [name, tensor] : model.state_dict()) state_.emplace_back(name, clone(tensor));
}

void Snapshot::restore(const nn::Module& model) const { model.load_state_dict(state_); }

optim::State Snapshot::state_dict() const {
  optim::State state = optim::state_of("Snapshot");
  for (const auto& [name, tensor] : state_) state.tensors["values/" + name] = tensor;
  return state;
}

std::function<void()> Snapshot::prepare_load(const nn::Module& model, const optim::State& state,
                                             Site site) {
  optim::StateReader reader(state, "Snapshot", "Snapshot", site);
  nn::StateDict loaded;
  if (!state.tensors.empty())
    for (const auto& [name, tensor] : model.state_dict())
      loaded.emplace_back(name, reader.tensor("values/" + name, tensor.spec()));
  reader.finish();
  return [this, loaded] {
    const NoGrad guard;
    state_.clear();
    for (const auto& [name, tensor] : loaded) state_.emplace_back(name, clone(tensor));
  };
}

}  // namespace cinta::train::detail
