#pragma once
// The training loop: epochs, validation, the best epoch; what is watched, saved and gone on from.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/tensor.hpp>
#include <cinta/nn/module/module.hpp>
#include <cinta/optim/gradient/clip.hpp>
#include <cinta/optim/optimizer.hpp>
#include <cinta/train/callback.hpp>
#include <cinta/train/checkpoint.hpp>
#include <cinta/train/early_stopping.hpp>
#include <concepts>
#include <memory>
#include <optional>
#include <tuple>

#pragma GCC visibility push(default)
namespace cinta::optim {
class Average;    // <cinta/optim/wrap/average.hpp>
class Scheduler;  // <cinta/optim/schedule/scheduler.hpp>
}  // namespace cinta::optim

namespace cinta::train {

/// Where a run is saved: see CheckpointFolder.
struct FitCheckpoints {
  std::string folder = {};  ///< empty: nowhere
  int last = 3;             ///< as many stay, and the one of the best epoch
  std::int64_t every =
      0;  ///< steps between two within an epoch; after an epoch there is one anyway
  /// Go on from the last one in the folder, if there is one; otherwise such a folder is refused.
  bool resume = true;
};

struct FitOptions {
  int epochs = 10;  ///< in all, those before a resume too
  /// The figure of `validate` that says which epoch is best. May be empty if there is only one.
  std::string monitor = {};
  EarlyStoppingOptions stopping = {};  ///< on that figure; patience 0 never stops
  bool stop_at_nan = false;            ///< end when that figure is NaN, which never is the best
  bool keep_best = true;  ///< end with the best epoch's parameters, however the run ends

  /// Batches to a step. Their rows count alike: the gradient is that of the mean loss over the rows
  /// of all, for a loss that is a mean over the rows of a batch. What an epoch leaves is a step
  /// too.
  std::int64_t accumulate = 1;
  double clip_norm = 0;  ///< bound of the gradients' common norm, as clip_grad_norm; 0: none
  /// What a norm that is not finite does: end the run with an error, where it is clipped, or skip
  /// the step.
  optim::Nonfinite nonfinite = optim::Nonfinite::raise;
  std::vector<optim::Scheduler*> schedules = {};  ///< take a step after each of the optimizer
  /// Updated after each step. It is what is validated, what is best, and what the model ends with.
  optim::Average* average = nullptr;

  FitCheckpoints checkpoints = {};
  /// Adds what else has to be saved, such as the state of a callback.
  std::function<void(Checkpoint&)> add_parts = {};
  /// A file with a line of JSON for each epoch; a resumed run continues its own.
  std::string log = {};
  /// Ctrl-C (SIGINT, SIGTERM) ends the run after its step, with a checkpoint.
  bool stop_on_interrupt = false;
  std::vector<Callback> callbacks = {};
};

struct FitResult {
  std::vector<EpochRecord> history;
  /// The one whose state the model has now, from 1: with keep_best the one that validated best,
  /// otherwise the last; 0 if there was none.
  int best_epoch = 0;
  double best_figure = 0;  ///< of that epoch: the one that was monitored
  std::int64_t steps = 0;
  bool interrupted = false;  ///< by a signal
};

namespace detail {

/// All of a run but its loop over the batches.
class FitRun {
 public:
  FitRun(const nn::Module& model, optim::Optimizer& optimizer, FitOptions options,
         std::optional<Checkpoint::Part> loader, std::int64_t batches, Site site);
  ~FitRun();
  FitRun(const FitRun&) = delete;
  FitRun& operator=(const FitRun&) = delete;

  /// Whether there is another epoch.
  bool begin_epoch();
  void begin_batch();
  /// Takes the loss of a batch; false to leave the loop.
  bool end_batch(const Tensor& loss, std::int64_t rows);
  void end_epoch(const std::function<Figures()>& validate);
  FitResult finish();

 private:
  class Run;
  std::unique_ptr<Run> run_;
};

/// Of a batch, by its first tensor.
inline std::int64_t rows_of(const Tensor& first, const Site& site) {
  if (first.rank() == 0)
    throw ShapeError("fit: the first tensor of a batch has no axis of rows", site);
  return first.shape()[0];
}

inline Figures as_figures(Figures figures) { return figures; }
inline Figures as_figures(double figure) { return {{"validation_loss", figure}}; }

}  // namespace detail

/// What `validate` of fit is: a function that returns a number or Figures.
template <class T>
concept Validation = requires(T& validate) {
  detail::as_figures(validate());
};

/// Trains a model and leaves it with the parameters of the epoch that validated best, in
/// evaluation mode.
///
/// `loader` is a DataLoader, or anything with batches that unpack as arguments of `loss`, the first
/// one a tensor with an axis of rows;
/// `loss(batch...)` gives a scalar tensor; `validate()` gives a figure where less is better (unless
/// options.stopping.maximize), or several by name, of which options.monitor says the one. It runs
/// in evaluation mode with nothing recorded, and with the weights that the optimizer has for it
/// (Optimizer::eval) or the average; then each module has the mode that it had before. All are in
/// training mode at first: on_start is the place to put some in evaluation mode for good.
///
///     const train::FitResult result = train::fit(
///         net, optimizer, loader,
///         [&](const Tensor& x, const Tensor& y) { return mse_loss(net(x), y); },
///         [&] { return mse_loss(net(x_val), y_val).item(); },
///         {.epochs = 100, .stopping = {.patience = 10}, .clip_norm = 1,
///          .checkpoints = {.folder = "runs/7"}});
///
/// With checkpoints a run that was ended by whatever goes on where its last checkpoint is, and ends
/// with the bytes of one that was never disturbed. What is saved is the model, the optimizer,
/// schedules, average, the loader's place, this thread's generator, the best weights, the history.
/// The loader must have a state and batches() then, as DataLoader has.
///
/// Throws DivergedError when the training loss is no longer a number, ValueError when the loader
/// gives no batch, with keep_best when no validation figure was a number, and for options that do
/// not fit; ShapeError for a batch without rows; IoError for what cannot be written, and
/// Checkpoint::load's errors for a checkpoint that cannot be gone on from: the files that there are
/// stay as they are. What `loss`, `validate` or a callback throws passes through, and leaves the
/// model with the best weights so far, in evaluation mode.
template <class Loader, class Loss, Validation Validate>
FitResult fit(const nn::Module& model, optim::Optimizer& optimizer, Loader& loader, Loss&& loss,
              Validate&& validate, FitOptions options = {}, Site site = {}) {
  cinta::detail::check_not_empty("fit", "loss", loss, site);
  cinta::detail::check_not_empty("fit", "validate", validate, site);
  std::optional<Checkpoint::Part> part;
  std::int64_t batches = -1;
  if constexpr (requires { loader.batches(); }) batches = loader.batches();
  if constexpr (Stateful<Loader>)
    part = Checkpoint::Part{[&loader] { return loader.state_dict(); },
                            [&loader](const optim::State& state, Site place) {
                              return loader.prepare_load(state, place);
                            }};
  detail::FitRun run(model, optimizer, std::move(options), std::move(part), batches, site);
  while (run.begin_epoch()) {
    for (auto& batch : loader) {
      run.begin_batch();
      const std::int64_t rows = detail::rows_of(std::get<0>(batch), site);
      if (!run.end_batch(std::apply(loss, batch), rows)) break;
    }
    run.end_epoch([&] { return detail::as_figures(validate()); });
  }
  return run.finish();
}

}  // namespace cinta::train
#pragma GCC visibility pop
