#include <cinta/autograd/error.hpp>
#include <cinta/autograd/generator.hpp>
#include <mutex>
#include <utility>

namespace cinta {
namespace {

std::mutex mutex;
GeneratorState generator;
thread_local constinit detail::RandomScope* innermost = nullptr;

}  // namespace

void manual_seed(std::uint64_t seed) { set_generator_state({seed, 0}); }

GeneratorState generator_state() {
  const std::lock_guard lock(mutex);
  return generator;
}

void set_generator_state(const GeneratorState& state) {
  if (innermost && innermost->replays()) return;
  const std::lock_guard lock(mutex);
  generator = state;
}

namespace detail {
namespace {

GeneratorState next_of_generator() {
  const std::lock_guard lock(mutex);
  const GeneratorState call = generator;
  ++generator.next_call;
  return call;
}

}  // namespace

GeneratorState next_random_call() { return innermost ? innermost->next() : next_of_generator(); }

RandomScope::RandomScope() : outer_(std::exchange(innermost, this)) {}
RandomScope::~RandomScope() { innermost = outer_; }

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
