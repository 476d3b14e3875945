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
  /// The one whose state the model has now, from 1: with keep_best the one that validated best,
  /// otherwise the last; 0 if options.epochs was 0.
  int best_epoch = 0;
  double best_validation_loss = 0;  ///< of that epoch
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

/// The mean loss of an epoch. Throws ValueError naming the epoch if it has no rows or the loss is
/// not finite.
double mean_loss(double sum, double rows, int epoch);

/// Throws ValueError: no validation loss was a number, so no epoch is the best.
[[noreturn]] void throw_no_best(std::size_t epochs);

}  // namespace detail

/// Trains a model and leaves it with the parameters of the epoch that validated best, in
/// evaluation mode.
///
/// `loader` is a DataLoader, or anything with batches that unpack as arguments of `loss`;
/// `loss(batch...)` gives a scalar tensor; `validate()` gives a figure where less is better, and
/// runs in evaluation mode with nothing recorded, and with the weights that the optimizer has for
/// it (Optimizer::eval). With early stopping off every epoch is run. Throws ValueError when the
/// training loss is no longer a number, when the loader gives no batch, and, with keep_best, when
/// no validation loss was a number; what `loss`, `validate` or a callback throws passes through.
template <class Loader, class Loss, class Validate>
FitResult fit(const nn::Module& model, optim::Optimizer& optimizer, Loader& loader, Loss&& loss,
              Validate&& validate, const FitOptions& options = {}) {
  FitResult result;
  EarlyStopping stopping(options.stopping);
  detail::Snapshot best;
  for (int epoch = 1; epoch <= options.epochs && !stopping.should_stop(); ++epoch) {
    model.train();
    optimizer.train();
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
    EpochRecord record{epoch, detail::mean_loss(sum, rows, epoch), 0};
    model.eval();
    optimizer.eval();
    {
      const NoGrad guard;
      record.validation_loss = validate();
    }
    if (stopping.update(record.validation_loss) && options.keep_best) best.take(model);
    result.history.push_back(record);
    if (options.on_epoch) options.on_epoch(record);
  }
  model.eval();
  if (result.history.empty()) return result;
  if (options.keep_best) {
    if (stopping.best_epoch() == 0) detail::throw_no_best(result.history.size());
    best.restore(model);
  }
  const EpochRecord& now = options.keep_best
                               ? result.history[std::size_t(stopping.best_epoch()) - 1]
                               : result.history.back();
  result.best_epoch = now.epoch;
  result.best_validation_loss = now.validation_loss;
  return result;
}

}  // namespace cinta::train
#pragma GCC visibility pop
