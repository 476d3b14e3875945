#pragma once
// Plans of the lengths that were used last, in the translation unit of one instruction set.

#include <algorithm>
#include <array>
#include <cinta/autograd/core/mutex.hpp>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

namespace cinta::kernels::CINTA_SIMD {
namespace {

// A Planned(n) that was made before, or a new one. A few are kept, but for those of more than
// `most` numbers.
template <class Planned>
std::shared_ptr<const Planned> planned(std::int64_t n) {
  constexpr std::int64_t most = 1 << 20;
  struct Cache {
    cinta::detail::Mutex mutex;
    std::array<std::pair<std::int64_t, std::shared_ptr<const Planned>>, 8> last;  // used last first
  };
  static Cache& cache = *new Cache;  // never destroyed: threads may outlive static objects
  const auto found = [&]() -> std::shared_ptr<const Planned> {
    const std::lock_guard lock(cache.mutex);
    for (std::size_t i = 0; i < cache.last.size(); ++i) {
      if (!cache.last[i].second || cache.last[i].first != n) continue;
      std::rotate(cache.last.begin(), cache.last.begin() + std::ptrdiff_t(i),
                  cache.last.begin() + std::ptrdiff_t(i + 1));
      return cache.last[0].second;
    }
    return nullptr;
  };
  if (const auto plan = found()) return plan;
  // Not under the lock: another thread may make the same one meanwhile. Not std::make_shared, which
  // compares types by a function that is nobody's with -fno-weak.
  const std::shared_ptr<const Planned> plan(new Planned(n));
  if (plan->numbers() > most) return plan;
  const std::lock_guard lock(cache.mutex);
  std::rotate(cache.last.begin(), cache.last.end() - 1, cache.last.end());
  cache.last[0] = {n, plan};
  return plan;
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
