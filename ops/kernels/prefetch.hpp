#pragma once
// Rows of a large table lie anywhere in memory; asking for them ahead hides the way there.

#include <algorithm>
#include <cstdint>

namespace cinta::kernels {

/// How many rows ahead: on the way from memory, some dozen short rows can be worked on.
inline constexpr std::int64_t prefetch_ahead = 32;

/// Asks for the first lines of a row; the hardware notices the rest by itself.
inline void prefetch(const void* row, std::int64_t bytes) {
  const char* first = static_cast<const char*>(row);
  for (std::int64_t i = 0; i < std::min<std::int64_t>(bytes, 256); i += 64)
    __builtin_prefetch(first + i);
}

}  // namespace cinta::kernels
