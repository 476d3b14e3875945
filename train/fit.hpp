#pragma once
// The training loop: epochs, validation, the best epoch.

#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/nn/module.hpp>
#include <cinta/optim/optimizer.hpp>
#include <cinta/train/early_stopping.hpp>
#include <functional>
#include <tuple>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// What is known after an epoch.
struct EpochRecord {
  int epoch;               ///< from 1
  double train_loss;       ///< mean over the rows, as trained: with dropout and penalties
  double validation_loss;  ///< what `validate` returned
};

struct FitOptions {
  int epochs = 10;
  EarlyStoppingOptions stopping = {};  ///< on the validation loss; patience 0 never stops
  bool keep_best = true;               ///< end with the best epoch's parameters, not the last one's
  std::function<void()> on_batch = {};  ///< after every step; may throw to end the training
  std::function<void(const EpochRecord&)> on_epoch = {};
};

struct FitResult {
  std::vector<EpochRecord> history;
  int best_epoch = 0;  ///< the one whose state the model has now; from 1
  double best_validation_loss = 0;
};

namespace detail {

/// The values of a model's parameters and buffers at one moment.
class Snapshot {
 public:
  void take(const nn::Module& model);
  void restore(const nn::Module& model) const;

 private:
  nn::StateDict state_;
};

/// Throws ValueError naming the epoch unless `loss` is finite.
void check_loss(double loss, int epoch);

}  // namespace detail

/// Trains a model and leaves it with the parameters of the epoch that validated best, in
/// evaluation mode.
///
/// `loader` is a DataLoader, or anything with batches that unpack as arguments of `loss`;
/// `loss(batch...)` gives a scalar tensor; `validate()` gives a figure where less is better, and
/// runs in evaluation mode with nothing recorded. With early stopping off every epoch is run.
/// Throws ValueError when the training loss is no longer a number; what `loss`, `validate` or a
/// callback throws passes through.
template <class Loader, class Loss, class Validate>
FitResult fit(const nn::Module& model, optim::Optimizer& optimizer, Loader& loader, Loss&& loss,
              Validate&& validate, const FitOptions& options = {}) {
  FitResult result;
  EarlyStopping stopping(options.stopping);
  detail::Snapshot best;
  for (int epoch = 1; epoch <= options.epochs && !stopping.should_stop(); ++epoch) {
    model.train();
    double sum = 0, rows = 0;
    for (auto& batch : loader) {
      optimizer.zero_grad();
      const Tensor value = std::apply(loss, batch);
      value.backward();
      optimizer.step();
      const auto size = static_cast<double>(std::get<0>(batch).shape()[0]);
      sum += value.item() * size;
      rows += size;
      if (options.on_batch) options.on_batch();
    }
    detail::check_loss(sum / rows, epoch);

    model.eval();
    EpochRecord record{epoch, sum / rows, 0};
    {
      const NoGrad guard;
      record.validation_loss = validate();
    }
    if (stopping.update(record.validation_loss) && options.keep_best) best.take(model);
    result.history.push_back(record);
    if (options.on_epoch) options.on_epoch(record);
  }
  model.eval();
  if (stopping.best_epoch() > 0 && options.keep_best) best.restore(model);
  result.best_epoch = stopping.best_epoch();
  result.best_validation_loss = stopping.best();
  return result;
}

}  // namespace cinta::train
#pragma GCC visibility pop
