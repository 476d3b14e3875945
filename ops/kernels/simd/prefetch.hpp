#pragma once
// Asking for memory ahead hides the way there: rows of a large table, which lie anywhere, and the
// next page of a long loop.

#include <algorithm>
#include <cstdint>

namespace cinta::kernels {

/// Whether rows of so many bytes altogether come from beyond the caches that are near, so that
/// asking for them ahead pays.
constexpr bool is_far(std::int64_t bytes) { return bytes > 256 * 1024; }

/// How many rows ahead: on the way from memory, some dozen short rows can be worked on.
inline constexpr std::int64_t prefetch_ahead = 32;

/// Asks for rows of so many bytes, which need not be valid, or for their first page: the hardware
/// notices the rest by itself. They come to the second cache: a core can wait for more lines there
/// than in the first, whose places are few where rows are a power of two apart.
/// Inlined early: to gcc a function that does nothing but fetch is one to leave out.
class RowPrefetch {
  static constexpr std::int64_t line = 64, room = 64 * 1024, least_ahead = 8;

 public:
  /// How many rows ahead, where they are only copied or added: more are on the way, as long as a
  /// second cache has room for them.
  const std::int64_t ahead;

  [[gnu::always_inline]] explicit RowPrefetch(std::int64_t bytes)
      : ahead(std::clamp(room / std::max<std::int64_t>(1, bytes), least_ahead, 2 * prefetch_ahead)),
        bytes_(std::min<std::int64_t>(bytes, 4096)),
        last_(bytes % line != 0 && (bytes & (bytes - 1)) != 0 ? bytes_ - 1 : 0) {}

  [[gnu::always_inline]] void operator()(const void* p) const {
    const char* const first = static_cast<const char*>(p);
    __builtin_prefetch(first, 0, 2);
    for (std::int64_t i = line; i < bytes_; i += line) __builtin_prefetch(first + i, 0, 2);
    if (last_ > 0) __builtin_prefetch(first + last_, 0, 2);
  }

 private:
  std::int64_t bytes_, last_;  // rows of some sizes lie across lines
};

[[gnu::always_inline]] inline void prefetch(const void* p, std::int64_t bytes = 64) {
  RowPrefetch{bytes}(p);
}

}  // namespace cinta::kernels
