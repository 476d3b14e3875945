#pragma once
// What a run tells the search that it is a trial of.

#include <cinta/autograd/core/empty_function.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/train/callback.hpp>
#include <iosfwd>
#include <memory>

#pragma GCC visibility push(default)
namespace cinta::train {

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

/// A run that is a trial (docs/tuning.md): one line of JSON for each step, one at the end. With
/// fit, whose epochs are its steps:
///
///     train::Trial trial(std::cout);
///     const auto result = trial.run([&] {
///       return train::fit(net, optimizer, loader, loss, validate,
///                         {.epochs = epochs,
///                          .checkpoints = {.folder = space.trial_folder() + "/fit"},
///                          .callbacks = {trial.callback()}});
///     });
///     trial.finish(result.best_epoch, {{"validation_loss", result.best_figure}});
///
/// and without:
///
///     if (!trial.report(step, {{"validation_loss", loss}})) {
///       run.save(...);
///       trial.stopped();
///     }
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

  /// After a step; steps count from 1 and increase, those of an earlier process included. False
  /// when SIGTERM has come: save the run and call stopped(). Throws TrialDiverged for a figure that
  /// is not finite, after having said so; ValueError for a step that is not after the last one, for
  /// no figures, and after the end; TrialStopped when nobody reads.
  [[nodiscard]] bool report(std::int64_t step, const Figures& figures);

  /// The result: figures of the weights that the program keeps, and the step that these are of.
  /// Throws as report() does. After a report that said false it throws TrialStopped as stopped()
  /// does: such a run has not been to its end.
  void finish(std::int64_t step, const Figures& figures);

  /// The end of a run that has been saved for SIGTERM. Throws TrialStopped.
  [[noreturn]] void stopped();

  /// The end of a run whose loss is no longer a number in the middle of a step, with the reason.
  /// Throws TrialDiverged.
  [[noreturn]] void diverged(std::int64_t step, const std::string& reason);

  /// For fit: reports the figures of every epoch, and on SIGTERM ends the run after its epoch, with
  /// a checkpoint if fit has any. The trial must outlive it.
  Callback callback();

  /// What `training` returns; a DivergedError of it is the end diverged(). Throws ValueError for an
  /// empty function.
  template <class F>
  auto run(F&& training, Site site = {}) {
    cinta::detail::check_not_empty("Trial", "training", training, site);
    try {
      return training();
    } catch (const DivergedError& error) {
      diverged(last_step_ + 1, error.what());
    }
  }

 private:
  struct Signals;
  void write(const std::string& line);
  void check(std::int64_t step, const Figures& figures);

  std::ostream& out_;
  std::unique_ptr<Signals> signals_;
  std::int64_t last_step_ = 0;
  bool stopping_ = false, ended_ = false;
};

}  // namespace cinta::train
#pragma GCC visibility pop
