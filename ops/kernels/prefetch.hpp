#pragma once
// Asking for memory ahead hides the way there: rows of a large table, which lie anywhere, and the
// next page of a long loop.

#include <algorithm>
#include <cstdint>

namespace cinta::kernels {

/// How many rows ahead: on the way from memory, some dozen short rows can be worked on.
inline constexpr std::int64_t prefetch_ahead = 32;

/// Asks for the first lines at an address, which need not be valid; the hardware notices the rest
/// by itself.
inline void prefetch(const void* p, std::int64_t bytes) {
  const char* first = static_cast<const char*>(p);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(bytes, 256); i += 64)
    __builtin_prefetch(first + i);
}

/// Asks for the line `bytes` behind an address, for the second cache: for what a loop over much
/// memory gets to later. The first cache is too small, and its places are few where rows are a power
/// of two apart: fetching into it was slower than not fetching at all.
inline void prefetch_far(const void* p, std::int64_t bytes) {
  __builtin_prefetch(static_cast<const char*>(p) + bytes, 0, 2);
}

}  // namespace cinta::kernels
