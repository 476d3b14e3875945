#pragma once
// How far a run has come, as far as it has to be saved.

#include <cinta/optim/state.hpp>
#include <cinta/train/callback.hpp>

namespace cinta::train::detail {

struct FitProgress {
  FitStatus status;
  bool open = false;         // in the middle of an epoch
  double sum = 0, rows = 0;  // losses times rows, and rows, of this epoch
  std::int64_t log_position = 0;

  void begin_epoch();
  void add(double loss, double batch_rows);
  /// Throws ValueError for figures of other names than before.
  void end_epoch(EpochRecord record);

  optim::State state_dict() const;
  std::function<void()> prepare_load(const optim::State& state, Site site);
};

}  // namespace cinta::train::detail
