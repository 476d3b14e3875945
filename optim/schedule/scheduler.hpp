#pragma once
// What drives an option by a schedule.

#include <cinta/optim/optimizer.hpp>
#include <cinta/optim/schedule/schedule.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// Drives an option of an optimizer, or any number (a dropout probability, the weight of a
/// penalty), by a schedule. Construction sets step 0; step(), after each step of the optimizer, the
/// next. The base is what the option was when the scheduler was made, in each group its own.
/// Several options have a scheduler each; one option has one, whose schedules are put together by
/// `chain` and `sequential`. The optimizer or number must outlive it. Steps that rows of a table
/// have missed have the options of their time.
class Scheduler {
 public:
  /// Of all groups. Throws ValueError if there is no such option.
  Scheduler(Optimizer& optimizer, Schedule schedule, std::string option = "lr", Site site = {});
  /// Of one group.
  Scheduler(Optimizer& optimizer, Schedule schedule, std::string option, std::size_t group,
            Site site = {});
  /// Of a number.
  Scheduler(double& number, Schedule schedule, Site site = {});

  /// Throws ValueError for a value that the option may not have; nothing has changed then.
  void step(Site site = {});
  /// The step that is set now.
  std::int64_t count() const { return count_; }
  /// What it sets in a step, for the i-th group that it drives.
  double value_at(std::int64_t step, std::size_t i = 0) const;

  /// The step and the bases: an optimizer and its scheduler may be loaded in any order, and made
  /// from the options of the beginning or of the end.
  State state_dict() const;
  void load_state_dict(const State& state, Site site = {}) { prepare_load(state, site)(); }
  /// As Optimizer::prepare_load.
  std::function<void()> prepare_load(const State& state, Site site = {});

 private:
  struct Target {
    std::function<double()> get;
    std::function<void(double, const Site&)> set;
  };

  void drive(Optimizer& optimizer, std::size_t group);
  /// Gives the targets their values, or none of them; returns what they had.
  std::vector<double> apply(const std::vector<double>& values, const Site& site);
  std::vector<double> values_of(std::int64_t count, const std::vector<double>& bases,
                                const Site& site) const;
  void set(std::int64_t count, const std::vector<double>& bases, const Site& site);

  Schedule schedule_;
  std::string option_;
  std::vector<Target> targets_;
  std::vector<double> bases_;
  std::int64_t count_ = 0;
};

struct PlateauOptions {
  double factor = 0.1;         ///< what the option is multiplied by
  std::int64_t patience = 10;  ///< steps without improvement that are let pass
  double threshold = 1e-4;     ///< an improvement is at least this share of the best value's size
  bool absolute = false;       ///< the threshold is a difference instead
  std::int64_t cooldown = 0;   ///< steps after a reduction in which nothing counts
  double minimum = 0;          ///< of the option
  double eps = 1e-8;           ///< what changes it by less is not done
  bool maximize = false;       ///< more is better
};

/// Reduces an option in all groups when a figure, such as the validation loss, stops to improve. As
/// PyTorch's ReduceLROnPlateau, but for figures below zero too: the margin is threshold * |best|. A
/// NaN is no improvement.
class ReduceOnPlateau {
 public:
  /// Throws ValueError for options out of their range.
  explicit ReduceOnPlateau(Optimizer& optimizer, PlateauOptions options = {},
                           std::string option = "lr", Site site = {});
  /// After each evaluation.
  void step(double figure, Site site = {});

  State state_dict() const;
  /// The option itself is in the optimizer's state.
  void load_state_dict(const State& state, Site site = {}) { prepare_load(state, site)(); }
  /// As Optimizer::prepare_load.
  std::function<void()> prepare_load(const State& state, Site site = {});

 private:
  Optimizer& optimizer_;
  PlateauOptions options_;
  std::string option_;
  double best_;
  std::int64_t bad_ = 0, cooling_ = 0;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
