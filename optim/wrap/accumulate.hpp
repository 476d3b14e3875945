#pragma once

#include <cinta/optim/wrap/wrapper.hpp>

#pragma GCC visibility push(default)
namespace cinta::optim {

struct AccumulateOptions {
  std::int64_t every = 2;  ///< calls of step() to one step of the inner optimizer
  bool mean = true;        ///< of the gradients; false for their sum
};

/// Gradient accumulation: a large batch in several small ones. The loop stays as it is: zero_grad()
/// keeps gradients until a step has been made of them, and only every `every`-th step() is one.
/// Schedules and averages count steps of the optimizer, not batches:
///
///     accumulate.step();
///     if (accumulate.stepped()) scheduler.step();
///
/// A state holds gradients that wait. Throws ValueError for options out of their range.
class Accumulate : public Wrapper {
 public:
  explicit Accumulate(Optimizer& inner, AccumulateOptions options = {}, Site site = {});
  void step(Site site = {}) override;
  /// A step with what has come so far, if anything has: at the end of an epoch.
  void flush(Site site = {});
  /// Whether the last step() or flush() was a step of the inner optimizer.
  bool stepped() const { return stepped_; }
  void zero_grad(bool set_to_none = true, Site site = {}) const override;

 protected:
  void save(State& state) const override;
  std::function<void()> load(StateReader& reader) override;

 private:
  void make_step(std::int64_t batches, const Site& site);

  AccumulateOptions options_;
  std::int64_t waiting_ = 0;  // batches
  bool stepped_ = false;
};

}  // namespace cinta::optim
#pragma GCC visibility pop
