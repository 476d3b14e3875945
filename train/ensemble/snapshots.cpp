#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/copy.hpp>
#include <cinta/train/detail/snapshot.hpp>
#include <cinta/train/ensemble/snapshots.hpp>
#include <cinta/train/ensemble/voting.hpp>

namespace cinta::train {

void Snapshots::take() {
  const NoGrad guard;
  states_.emplace_back();
  for (const auto& [name, tensor] : model_.state_dict())
    states_.back().emplace_back(name, clone(tensor));
}

Callback Snapshots::every(int epochs) {
  if (epochs < 1)
    throw ValueError("Snapshots: epochs must be at least 1, got " + std::to_string(epochs));
  return {.on_epoch = [this, epochs](FitStatus& now) {
    if (now.epoch % epochs == 0) take();
  }};
}

Tensor Snapshots::predict(Combining how, const std::function<Tensor()>& f) const {
  cinta::detail::check_not_empty("Snapshots", "f", f);
  if (states_.empty()) throw ValueError("Snapshots: none was taken");
  detail::Snapshot before;
  before.take(model_);
  const nn::EvalGuard mode(model_);
  const NoGrad guard;
  Tensors outputs;
  try {
    for (const nn::StateDict& state : states_) {
      model_.load_state_dict(state);
      outputs.push_back(clone(f()));
    }
  } catch (...) {
    before.restore(model_);
    throw;
  }
  before.restore(model_);
  return vote(outputs, how);
}

}  // namespace cinta::train
