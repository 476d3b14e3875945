#pragma once
// The caching allocator under every tensor and node.
//
// Freed blocks are kept and handed out again: fresh pages cost more than the arithmetic done on
// them. Small blocks come from a per-thread cache without locks, large ones from shared lists.
// In a build with sanitizers the pool is off, so that they see every allocation.

#include <cstddef>
#include <cstdint>

#pragma GCC visibility push(default)
namespace cinta {

/// What the pool holds, in bytes; counts since the start of the process.
struct MemoryStats {
  std::int64_t in_use;              ///< handed out now (blocks cached by threads count as used)
  std::int64_t peak_in_use;         ///< largest value of in_use since reset_peak_memory()
  std::int64_t cached;              ///< freed, kept for reuse in the shared lists
  std::int64_t system_allocations;  ///< calls to the system's allocator
};

MemoryStats memory_stats();
void reset_peak_memory();

/// Gives cached large blocks back to the system.
void empty_cache();

/// How much memory, in use and cached together, is kept from the system; no limit at first. Beyond
/// it freed blocks are not cached, so that steps may be slower; what a program uses is never
/// refused. Throws ValueError for a negative number.
void set_memory_limit(std::int64_t bytes);

namespace pool {

/// Memory of at least `bytes`, aligned to 64 bytes, not initialised. Throws MemoryError.
void* allocate(std::size_t bytes);

/// Takes back a block; `bytes` is what was asked for. Any thread may free what another allocated.
void deallocate(void* block, std::size_t bytes) noexcept;

}  // namespace pool
}  // namespace cinta
#pragma GCC visibility pop
