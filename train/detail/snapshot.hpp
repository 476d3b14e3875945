#pragma once
// The values of a model's parameters and buffers at one moment.

#include <cinta/nn/module/module.hpp>
#include <cinta/optim/state.hpp>

namespace cinta::train::detail {

class Snapshot {
 public:
  void take(const nn::Module& model);
  void restore(const nn::Module& model) const;

  /// What was taken; empty before.
  optim::State state_dict() const;
  /// Throws ValueError or ShapeError unless it is one of this model, or empty.
  std::function<void()> prepare_load(const nn::Module& model, const optim::State& state, Site site);

 private:
  nn::StateDict state_;
};

}  // namespace cinta::train::detail
