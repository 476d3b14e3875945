#pragma once
// What stands between a thread and the generator: draws that are recorded, drawn again, or made
// new.

#include <cinta/autograd/core/generator.hpp>
#include <cinta/autograd/core/site.hpp>
#include <cstddef>
#include <utility>
#include <vector>

namespace cinta::detail {

using RandomCalls = std::vector<GeneratorState>;

/// While it lives, this thread's this_run gives new calls, one for each old one.
class FreshRandom {
 public:
  FreshRandom();
  ~FreshRandom();
  FreshRandom(const FreshRandom&) = delete;
  FreshRandom& operator=(const FreshRandom&) = delete;

 private:
  friend GeneratorState this_run(const GeneratorState& call);
  std::vector<std::pair<GeneratorState, GeneratorState>> calls_;  // old and new
  FreshRandom* outer_;
};

/// What stands between this thread and the generator while it lives. Scopes nest.
class RandomScope {
 public:
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;

 protected:
  RandomScope();
  virtual ~RandomScope();
  virtual GeneratorState next() = 0;
  virtual bool replays() const = 0;
  GeneratorState next_outside() const;

 private:
  friend GeneratorState next_random_call();
  friend bool runs_again();
  friend void cinta::set_generator_state(const GeneratorState& state);
  RandomScope* outer_;
};

/// Whether this thread is in the second run of a checkpoint's function: what a layer keeps from
/// call to call has moved in the first.
bool runs_again();

/// Notes in `calls` what this thread draws.
class RecordRandom final : RandomScope {
 public:
  explicit RecordRandom(RandomCalls& calls) : calls_(calls) {}

 private:
  GeneratorState next() override;
  bool replays() const override { return false; }
  RandomCalls& calls_;
};

/// This thread draws `calls` again, in their order; the generator rests, and what would set its
/// state is ignored, as that has happened already. Drawing more than there is throws GraphError.
class ReplayRandom final : RandomScope {
 public:
  ReplayRandom(const RandomCalls& calls, const Site& site) : calls_(calls), site_(site) {}
  /// Whether all was drawn.
  bool done() const { return next_ == calls_.size(); }

 private:
  GeneratorState next() override;
  bool replays() const override { return true; }
  const RandomCalls& calls_;
  const Site& site_;
  std::size_t next_ = 0;
};

}  // namespace cinta::detail
