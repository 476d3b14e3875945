#pragma once
// The default generator of random numbers: a seed, and a counter of the calls that drew from it.

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <cinta/autograd/core/site.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Seeds the default generator and starts its calls from 0. It starts with seed 0.
void manual_seed(std::uint64_t seed);

/// The default generator's state: save it and set it again to repeat what followed.
struct GeneratorState {
  std::uint64_t seed = 0;
  std::uint64_t next_call = 0;

  friend bool operator==(const GeneratorState&, const GeneratorState&) = default;
};
GeneratorState generator_state();
void set_generator_state(const GeneratorState& state);

/// While it lives, this thread draws from a generator of its own, which manual_seed and the state
/// functions then mean too: what other threads draw does not change its numbers. Scopes nest.
class GeneratorScope {
 public:
  explicit GeneratorScope(const GeneratorState& start);
  ~GeneratorScope();
  GeneratorScope(const GeneratorScope&) = delete;
  GeneratorScope& operator=(const GeneratorScope&) = delete;

 private:
  GeneratorState state_;
  GeneratorState* previous_;
};

namespace detail {

/// A call number of this thread's generator that nobody else gets, with the seed.
GeneratorState next_random_call();

using RandomCalls = std::vector<GeneratorState>;

/// The call to draw from where an operation drew `call` when it was first run: that call, unless a
/// FreshRandom is alive. An operation that draws takes a call, lets its forward and its rules
/// capture it, and asks this function there; so their numbers agree however often they are run.
GeneratorState this_run(const GeneratorState& call);

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
  friend void cinta::set_generator_state(const GeneratorState& state);
  RandomScope* outer_;
};

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

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
