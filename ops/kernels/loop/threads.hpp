#pragma once
// The threads that parallel loops run in. Every thread that starts such loops has a team of its
// own, made at its first one.

#include <cstdint>

namespace cinta::kernels {

/// How many threads a loop that starts here may have: what the user set for this thread, and 1
/// within a parallel loop, ours or OpenMP's.
int thread_count();

/// What the user set for loops that the calling thread starts: OpenMP's number where the library
/// is built with it. At first OMP_NUM_THREADS, or the number of processors.
int max_threads();
void set_max_threads(int threads);

namespace detail {

/// A loop: f(begin, end) is call(f, begin, end).
struct Loop {
  void (*call)(const void* f, std::int64_t begin, std::int64_t end);
  const void* f;
  std::int64_t count;
};

/// Runs it in up to `threads` threads, of which the caller is one; 2 at least.
void run_in_threads(const Loop& loop, int threads);

}  // namespace detail
}  // namespace cinta::kernels
