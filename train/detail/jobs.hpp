#pragma once
// Independent trainings, several at once.

#include <cstdint>
#include <functional>

namespace cinta::train::detail {

/// Calls job(i) for each i from `first` to first + count - 1, in `threads` threads of their own (0:
/// one for each processor), each in one thread with a generator that depends on the seed and i
/// alone: results are the same, to the bit, for any number of threads. `done`, if given, is told
/// how many have ended, not at once from two threads. Rethrows the error of the first job that
/// failed; no others are begun after it.
void run_jobs(std::size_t count, int threads, std::uint64_t seed,
              const std::function<void(std::size_t)>& job,
              const std::function<void(int)>& done = {}, std::size_t first = 0);

}  // namespace cinta::train::detail
