#pragma once
// The default generator of random numbers: a seed, and a counter of the calls that drew from it.

#include <cstdint>

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

/// The call to draw from where an operation drew `call` when it was first run: that call, unless a
/// FreshRandom is alive. An operation that draws takes a call, lets its forward and its rules
/// capture it, and asks this function there; so their numbers agree however often they are run.
GeneratorState this_run(const GeneratorState& call);

}  // namespace detail
}  // namespace cinta
#pragma GCC visibility pop
