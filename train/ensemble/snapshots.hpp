#pragma once
// Several models from one training.

#include <cinta/nn/module/module.hpp>
#include <cinta/train/callback.hpp>
#include <cinta/train/ensemble/bagging.hpp>

#pragma GCC visibility push(default)
namespace cinta::train {

/// A snapshot ensemble (G. Huang et al., "Snapshot ensembles: train 1, get M for free", ICLR 2017):
/// the weights at the end of each cycle of a schedule that starts again, such as
/// optim::schedule::cosine_restarts.
///
///     train::Snapshots snapshots(net);
///     train::fit(net, ..., {.schedules = {&restarts}, .callbacks = {snapshots.every(10)}});
///     Tensor p = snapshots.predict(train::Combining::mean, [&] { return softmax(net(x), 1); });
class Snapshots {
 public:
  explicit Snapshots(const nn::Module& model) : model_(model) {}

  /// Keeps the model's parameters and buffers as they are now.
  void take();
  /// Calls take() after every `epochs` epochs. Throws ValueError for fewer than one. The ensemble
  /// must outlive the run; a resumed one has lost what an earlier process took.
  Callback every(int epochs);
  std::size_t size() const { return states_.size(); }

  /// f() with each snapshot in the model, in evaluation mode and with nothing recorded, combined as
  /// by vote(). Then the model is what it was. Throws ValueError if there is none.
  Tensor predict(Combining how, const std::function<Tensor()>& f) const;

 private:
  nn::Module model_;
  std::vector<nn::StateDict> states_;
};

}  // namespace cinta::train
#pragma GCC visibility pop
