#pragma once
// Loops over several threads: OpenMP where the library is built with it, else one thread.

#include <algorithm>
#include <cstdint>

#ifdef _OPENMP
#include <omp.h>
#endif

namespace cinta::kernels {

/// Elements below which an array's loop stays in one thread: waking the others costs more.
inline constexpr std::int64_t grain = 32 * 1024;

/// The same in items of `work` elements each.
constexpr std::int64_t grain_of(std::int64_t work) {
  return std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, work));
}

/// Calls f(begin, end) on ranges that together cover [0, count), one range a thread, at once.
/// Runs f(0, count) in this thread when there are not more than `grain` items or when a parallel
/// region is open already. The ranges depend on the number of threads: results must not depend on
/// the ranges. `f` must not throw.
template <class F>
void parallel_for(std::int64_t count, [[maybe_unused]] std::int64_t grain, const F& f) {
  if (count <= 0) return;
#ifdef _OPENMP
  if (count > grain && !omp_in_parallel()) {
    const std::int64_t wanted = (count + grain - 1) / std::max<std::int64_t>(grain, 1);
    const int threads = int(std::min<std::int64_t>(wanted, omp_get_max_threads()));
    if (threads > 1) {
#pragma omp parallel num_threads(threads)
      {
        std::int64_t share = (count + omp_get_num_threads() - 1) / omp_get_num_threads();
        if (share >= 1024) share = (share + 63) / 64 * 64;  // two threads share no cache line
        const std::int64_t begin = share * omp_get_thread_num();
        const std::int64_t end = std::min(begin + share, count);
        if (begin < end) f(begin, end);
      }
      return;
    }
  }
#endif
  f(std::int64_t{0}, count);
}

}  // namespace cinta::kernels
