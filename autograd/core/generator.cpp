#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/error.hpp>
#include <mutex>
#include <utility>

namespace cinta {
namespace {

std::mutex mutex;
GeneratorState generator;                                        // shared by all threads
thread_local constinit GeneratorState* own_generator = nullptr;  // while the thread has a scope
thread_local constinit detail::RandomScope* innermost = nullptr;
thread_local constinit detail::FreshRandom* fresh = nullptr;

// What f(state) returns for the state of the generator that this thread draws from.
template <class F>
auto with_generator(const F& f) {
  if (own_generator) return f(*own_generator);
  const std::lock_guard lock(mutex);
  return f(generator);
}

}  // namespace

void manual_seed(std::uint64_t seed) { set_generator_state({seed, 0}); }

GeneratorState generator_state() {
  return with_generator([](const GeneratorState& state) { return state; });
}

void set_generator_state(const GeneratorState& state) {
  if (innermost && innermost->replays()) return;
  with_generator([&](GeneratorState& mine) { mine = state; });
}

GeneratorScope::GeneratorScope(const GeneratorState& start)
    : state_(start), previous_(std::exchange(own_generator, &state_)) {}
GeneratorScope::~GeneratorScope() { own_generator = previous_; }

namespace detail {
namespace {

GeneratorState next_of_generator() {
  return with_generator([](GeneratorState& state) {
    const GeneratorState call = state;
    ++state.next_call;
    return call;
  });
}

}  // namespace

GeneratorState next_random_call() { return innermost ? innermost->next() : next_of_generator(); }

GeneratorState this_run(const GeneratorState& call) {
  if (!fresh) return call;
  for (const auto& [old, drawn] : fresh->calls_)
    if (old == call) return drawn;
  fresh->calls_.emplace_back(call, next_random_call());
  return fresh->calls_.back().second;
}

FreshRandom::FreshRandom() : outer_(std::exchange(fresh, this)) {}
FreshRandom::~FreshRandom() { fresh = outer_; }

RandomScope::RandomScope() : outer_(std::exchange(innermost, this)) {}
RandomScope::~RandomScope() { innermost = outer_; }

bool runs_again() {
  const RandomScope* scope = innermost;
  while (scope && !scope->replays()) scope = scope->outer_;
  return scope;
}

GeneratorState RandomScope::next_outside() const {
  return outer_ ? outer_->next() : next_of_generator();
}

GeneratorState RecordRandom::next() {
  calls_.push_back(next_outside());
  return calls_.back();
}

GeneratorState ReplayRandom::next() {
  if (done()) {
    throw GraphError(
        "checkpoint: the function draws more random tensors than it drew in forward; it must do "
        "the same when it is run again",
        site_);
  }
  return calls_[next_++];
}

}  // namespace detail
}  // namespace cinta
