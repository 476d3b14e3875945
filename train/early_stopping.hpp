#pragma once
// Which epoch was best, and when to give up.

#include <cinta/optim/state.hpp>
#include <limits>

#pragma GCC visibility push(default)
namespace cinta::train {

struct EarlyStoppingOptions {
  int patience = 0;       ///< epochs without improvement before stopping; 0 never stops
  double min_delta = 0;   ///< an improvement is larger than this
  bool maximize = false;  ///< larger is better, as for accuracy
};

/// Follows a figure over epochs, usually the validation loss.
class EarlyStopping {
 public:
  explicit EarlyStopping(const EarlyStoppingOptions& options = {}) : options_(options) {}

  /// Takes the figure of the next epoch; true if it is the best so far. NaN never is.
  bool update(double value) {
    ++epoch_;
    const double gain = options_.maximize ? value - best_ : best_ - value;
    const bool better = best_epoch_ == 0 ? value == value : gain > options_.min_delta;
    if (better) {
      best_ = value;
      best_epoch_ = epoch_;
    }
    return better;
  }

  bool should_stop() const {
    return options_.patience > 0 && epoch_ - best_epoch_ >= options_.patience;
  }
  /// Counted from 1; 0 before the first figure that is a number.
  int best_epoch() const { return best_epoch_; }
  /// NaN before the first figure that is a number.
  double best() const { return best_; }

  /// The figures so far, to go on from; see Checkpoint.
  optim::State state_dict() const;
  std::function<void()> prepare_load(const optim::State& state, Site site = {});

 private:
  EarlyStoppingOptions options_;
  int epoch_ = 0;
  int best_epoch_ = 0;
  double best_ = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace cinta::train
#pragma GCC visibility pop
