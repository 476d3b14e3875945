#pragma once
// Memory that runs out on demand: for one file of a test program, since it replaces operator new.

#include <cstdlib>
#include <new>

namespace failing_memory {

/// How many allocations of this thread succeed before all fail; none does while it is negative.
inline thread_local long countdown = -1;
/// Allocations of less are not counted and do not fail.
inline thread_local std::size_t smallest = 0;

inline void* allocate(std::size_t bytes, std::size_t alignment) noexcept {
  if (countdown == 0 && bytes >= smallest) return nullptr;
  if (countdown > 0 && bytes >= smallest) --countdown;
  void* memory = nullptr;
  return posix_memalign(&memory, alignment, bytes) == 0 ? memory : nullptr;
}
inline void* allocate_or_throw(std::size_t bytes, std::size_t alignment) {
  if (void* memory = allocate(bytes, alignment)) return memory;
  throw std::bad_alloc();
}

/// Calls `work` with no memory at all, then with memory for one allocation, for two, ... until it
/// comes through; returns how often it did not. `after` runs after each failure, with all memory
/// back.
template <class Work, class After>
int with_ever_more(const Work& work, const After& after) {
  for (int failures = 0;; ++failures) {
    countdown = failures;
    try {
      work();
      countdown = -1;
      return failures;
    } catch (const std::bad_alloc&) {
      countdown = -1;
      after();
    } catch (...) {
      countdown = -1;
      throw;
    }
  }
}

}  // namespace failing_memory

// NOLINTBEGIN(misc-definitions-in-headers)
[[gnu::noinline]] void* operator new(std::size_t bytes) {
  return failing_memory::allocate_or_throw(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return failing_memory::allocate_or_throw(bytes, std::size_t(alignment));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return failing_memory::allocate(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment,
                                     const std::nothrow_t&) noexcept {
  return failing_memory::allocate(bytes, std::size_t(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
// NOLINTEND(misc-definitions-in-headers)
