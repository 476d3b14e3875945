#pragma once
// What a run tells the search that it is a trial of.

#include <cinta/autograd/core/error.hpp>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::train {

/// Names and values, such as {{"validation_loss", 0.31}}.
using Figures = std::vector<std::pair<std::string, double>>;

/// Ends a trial early. The program returns exit_code() from main.
class TrialEnd : public Error {
 public:
  TrialEnd(const std::string& what, int exit_code) : Error(what), exit_code_(exit_code) {}
  int exit_code() const { return exit_code_; }

 private:
  int exit_code_;
};

/// A figure is no longer a number: 3.
struct TrialDiverged : TrialEnd {
  using TrialEnd::TrialEnd;
};
/// SIGTERM came, and the run is saved: 143. Nobody listens any more: 141.
struct TrialStopped : TrialEnd {
  using TrialEnd::TrialEnd;
};

/// A run that is a trial (docs/tuning.md): one line of JSON for each step, one at the end.
///
///     train::Trial trial(std::cout);
///     trial.on_stop([&] { run.save(space.trial_folder() + "/checkpoint.safetensors"); });
///     for (; epoch <= epochs; ++epoch) {
///       ...
///       trial.report(epoch, {{"validation_loss", loss}});
///     }
///     trial.finish(best_epoch, {{"validation_loss", best_loss}});
///
/// While it lives, SIGTERM only leaves a note for the next report, and SIGPIPE is ignored, after
/// that too if the stream took no more: that is noticed by writing to it. One may live at a time.
class Trial {
 public:
  /// `out` must outlive the trial. Throws ValueError if there is a trial already.
  explicit Trial(std::ostream& out);
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  /// What saves the run when it is stopped, once, within the report() that notices.
  void on_stop(std::function<void()> save);

  /// After a step; steps count from 1 and increase, those of an earlier process included. Throws
  /// TrialDiverged for a figure that is not finite, after having said so; TrialStopped; ValueError
  /// for a step that is not after the last one, for no figures, and after the end.
  void report(std::int64_t step, const Figures& figures);

  /// The result: figures of the weights that the program keeps, and the step that these are of.
  /// Throws as report() does, for SIGTERM excepted: what is finished is not stopped.
  void finish(std::int64_t step, const Figures& figures);

  /// The end of a run whose loss is no longer a number in the middle of a step, with the reason.
  /// Throws TrialDiverged.
  [[noreturn]] void diverged(std::int64_t step, const std::string& reason);

 private:
  struct Signals;
  void write(const std::string& line);
  void check(std::int64_t step, const Figures& figures);

  std::ostream& out_;
  std::unique_ptr<Signals> signals_;
  std::function<void()> save_;
  std::int64_t last_step_ = 0;
  bool ended_ = false;
};

}  // namespace cinta::train
#pragma GCC visibility pop
