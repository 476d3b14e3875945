#pragma once
// Schedules: what an option is in step t, from what it was at first.
//
//     optim::Scheduler scheduler(
//         optimizer, optim::schedule::with_warmup(100, optim::schedule::cosine(900)));
//     ...
//     optimizer.step();
//     scheduler.step();

#include <cinta/autograd/core/site.hpp>
#include <cstdint>
#include <functional>
#include <vector>

#pragma GCC visibility push(default)
namespace cinta::optim {

/// A number as a function of the step t, from 0, and of its base: the option's own value. It knows
/// nothing else, so that any step can be computed at once and there is nothing to save.
class Schedule {
 public:
  using Function = std::function<double(double base, std::int64_t t)>;
  /// Throws ValueError for an empty function.
  explicit Schedule(Function function, Site site = {});
  double operator()(double base, std::int64_t t) const;

 private:
  Function function_;
};

/// The schedules. Numbers of steps count calls of Scheduler::step, which are steps of the
/// optimizer. All throw ValueError for a number of steps that is negative and a factor that is not
/// finite; beyond their end they stay what they were there. Formulas are PyTorch's where it has
/// them.
namespace schedule {

/// base * factor for `steps` steps, then base.
Schedule constant(double factor = 1, std::int64_t steps = 0, Site site = {});
/// base * gamma^(t / every), a whole quotient.
Schedule step(std::int64_t every, double gamma = 0.1, Site site = {});
/// base * gamma^(how many of the milestones are at or before t).
Schedule multistep(std::vector<std::int64_t> milestones, double gamma = 0.1, Site site = {});
/// base * gamma^t.
Schedule exponential(double gamma, Site site = {});
/// base * (1 - t / total)^power.
Schedule polynomial(std::int64_t total, double power = 1, Site site = {});
/// A straight line from base * first to base * last in `total` steps.
Schedule linear(std::int64_t total, double first, double last, Site site = {});
/// minimum + (base - minimum) * (1 + cos(pi * t / total)) / 2 (Loshchilov & Hutter 2017), then the
/// minimum. PyTorch's climbs again.
Schedule cosine(std::int64_t total, double minimum = 0, Site site = {});
/// The same, again and again: the first time in `total` steps, then in `multiply` times as many.
Schedule cosine_restarts(std::int64_t total, std::int64_t multiply = 1, double minimum = 0,
                         Site site = {});
/// base * sqrt(steady / (t + steady)): the inverse root of the step, from base on.
Schedule inverse_sqrt(std::int64_t steady = 1, Site site = {});
/// base * factor(t). Throws ValueError for an empty function.
Schedule lambda(std::function<double(std::int64_t)> factor, Site site = {});

/// base * (start + (1 - start) * (t + 1) / (steps + 1)): no step is lost on start = 0, and step
/// number `steps`, the first after the warm-up, has base itself.
Schedule warmup_linear(std::int64_t steps, double start = 0, Site site = {});
/// base * start^((steps - t) / steps).
Schedule warmup_exponential(std::int64_t steps, double start = 0.01, Site site = {});

enum class Anneal { cosine, linear };
struct OneCycleOptions {
  double rise = 0.3;                         ///< the share of the steps in which it rises
  double start = 1.0 / 25, end = 1e-4 / 25;  ///< factors of base
  Anneal anneal = Anneal::cosine;
  bool three_phases = false;  ///< fall to the start as fast as it rose, then on to the end
};
/// One cycle (Smith & Topin 2018): from base * start up to base and down to base * end, which is
/// reached in the last of `total` steps. Where momentum runs against it, give that a schedule of
/// its own, with start and end above 1.
Schedule one_cycle(std::int64_t total, OneCycleOptions options = {}, Site site = {});

enum class Cycle { triangular, halved, exponential };
struct CyclicOptions {
  std::int64_t up = 2000, down = 0;  ///< steps; 0 is as many as up
  Cycle cycle = Cycle::triangular;   ///< each as high as the last, half as high, or by gamma^t
  double gamma = 1;
};
/// To and fro between base and base * peak (Smith 2017).
Schedule cyclic(double peak, CyclicOptions options = {}, Site site = {});

/// All at once, each with what the one before makes as its base: for factors their product.
Schedule chain(std::vector<Schedule> schedules);
/// One after the other: number i from milestones[i - 1] on. Each begins with its own step 0, and
/// counts its own steps; what is not its turn does not act. Throws ValueError unless there is one
/// milestone less than schedules, in order.
Schedule sequential(std::vector<Schedule> schedules, std::vector<std::int64_t> milestones,
                    Site site = {});
/// A linear warm-up of so many steps, before what counts from its end on.
Schedule with_warmup(std::int64_t steps, Schedule rest, Site site = {});

}  // namespace schedule
}  // namespace cinta::optim
#pragma GCC visibility pop
