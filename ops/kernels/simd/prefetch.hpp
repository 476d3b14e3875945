#pragma once
// Asking for memory ahead hides the way there: rows of a large table, which lie anywhere, and the
// next page of a long loop.

#include <algorithm>
#include <cstdint>

namespace cinta::kernels {

/// How many rows ahead: on the way from memory, some dozen short rows can be worked on.
inline constexpr std::int64_t prefetch_ahead = 32;
/// Where a row is only copied or added, more are on the way.
inline constexpr std::int64_t rows_ahead = 2 * prefetch_ahead;

/// Asks for the first lines at an address, which need not be valid; the hardware notices the rest
/// by itself. They come to the second cache: a core can wait for more lines there than in the
/// first, whose places are few where rows are a power of two apart.
inline void prefetch(const void* p, std::int64_t bytes = 64) {
  const char* first = static_cast<const char*>(p);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(bytes, 256); i += 64)
    __builtin_prefetch(first + i, 0, 2);
}

}  // namespace cinta::kernels
