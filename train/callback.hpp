#pragma once
// What a training run tells those who watch it, and where they may act.

#include <cinta/autograd/core/error.hpp>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Figures by name, in the order in which they were computed.
using Figures = std::vector<std::pair<std::string, double>>;

/// The training loss is no longer a number: what ends a training that has gone wrong by itself,
/// unlike other ValueErrors.
struct DivergedError : ValueError {
  using ValueError::ValueError;
};

/// What is known after an epoch.
struct EpochRecord {
  int epoch = 0;          ///< from 1
  double train_loss = 0;  ///< mean over the rows, as trained: with dropout and penalties
  /// The figure of this name, which is what `validate` returned if that was a number; NaN if there
  /// is none.
  double validation_loss = std::numeric_limits<double>::quiet_NaN();
  Figures figures = {};  ///< all that `validate` returned
};

/// How far a run has come. Callbacks read it, and may set `stop`.
struct FitStatus {
  int epoch = 0, epochs = 0;  ///< the epoch that runs, from 1, and how many there are to be
  std::int64_t step = 0;      ///< steps of the optimizer so far, those before a resume too
  std::int64_t batch = 0;     ///< batches so far in this epoch
  std::int64_t batches = -1;  ///< those of a pass; -1 if the loader does not say
  double loss = 0;            ///< of the last batch
  double running_loss = 0;    ///< mean over the rows of this epoch so far
  /// Before clipping, if it is clipped or checked.
  double gradient_norm = std::numeric_limits<double>::quiet_NaN();
  std::int64_t skipped = 0;      ///< steps not taken, for gradients that were not finite
  std::int64_t resumed_at = 0;   ///< the step at which this process has begun
  double rows = 0, seconds = 0;  ///< trained on, and passed, in this process
  double waiting = 0;            ///< of these seconds, those in which the loader was waited for
  std::vector<EpochRecord> history = {};
  bool stop = false;  ///< end after this step, with a checkpoint if there are any
};

/// Functions that fit calls. What is empty is not called; what one throws ends the training and
/// passes through. Several callbacks are called in their order.
struct Callback {
  using Function = std::function<void(FitStatus&)>;

  Function on_start = {};        ///< before the first step; the model is in training mode
  Function on_epoch_start = {};  ///< also where a resumed run goes on in the middle of an epoch
  Function before_step = {};     ///< gradients are as the optimizer will take them, clipped too
  Function after_step = {};
  Function before_validation = {};
  Function on_epoch = {};  ///< after validation: history.back() is the epoch's record
  Function on_end = {};    ///< the model has its final weights
};

}  // namespace cinta::train
#pragma GCC visibility pop
