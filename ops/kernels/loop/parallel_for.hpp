#pragma once
// Loops over several threads.

#include <algorithm>
#include <cinta/ops/kernels/loop/threads.hpp>
#include <cstdint>

namespace cinta::kernels {

/// Elements below which an array's loop stays in one thread: waking the others costs more.
inline constexpr std::int64_t grain = 32 * 1024;

/// The same in items of `work` elements each.
constexpr std::int64_t grain_of(std::int64_t work) {
  return std::max<std::int64_t>(1, grain / std::max<std::int64_t>(1, work));
}

/// Calls f(begin, end) on ranges that together cover [0, count), each once and several at a time.
/// Runs f(0, count) in this thread when there are not more than `grain` items or when a parallel
/// loop is running around it. The ranges depend on the number of threads: results must not depend
/// on the ranges. What f throws, in whichever thread, is thrown here after all have ended; other
/// ranges may then have been left out.
///
/// Each range runs a copy of f: compilers see that no store can change what it holds, which they do
/// not of what it refers to. Inner loops want captures by value.
template <class F>
void parallel_for(std::int64_t count, std::int64_t grain, const F& f) {
  if (count <= 0) return;
  if (count > grain) {
    const std::int64_t wanted = (count + grain - 1) / std::max<std::int64_t>(grain, 1);
    const int threads = int(std::min<std::int64_t>(wanted, thread_count()));
    if (threads > 1) {
      const auto range = [](const void* loop, std::int64_t begin, std::int64_t end) {
        const F mine = *static_cast<const F*>(loop);
        mine(begin, end);
      };
      return detail::run_in_threads({range, &f, count}, threads);
    }
  }
  const F mine = f;
  mine(std::int64_t{0}, count);
}

}  // namespace cinta::kernels
