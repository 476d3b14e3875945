#pragma once
// Results that no cache holds until they are used: stores around the caches spare reading what is
// overwritten.

#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace cinta::kernels {

/// Bytes of what is brought or written at once.
inline constexpr std::int64_t cache_line = 64;

/// Bytes from which on a result is written with streaming stores: half of the last cache of a
/// core's neighbourhood on common servers, more than all of it on desktops.
inline constexpr std::int64_t large_result = 16 << 20;

/// Whether rows of `row` bytes from p, `bytes` in all, are to be written with streaming stores.
inline bool is_worth_streaming(const void* p, std::int64_t row, std::int64_t bytes) {
  return bytes >= large_result && row % cache_line == 0 &&
         reinterpret_cast<std::uintptr_t>(p) % std::uintptr_t(cache_line) == 0;
}

/// How far ahead of a loop over much memory to fetch: a page, which processors do not cross by
/// themselves.
inline constexpr std::int64_t fetch_ahead = 4096;

/// To be called by a thread after such stores: they are not ordered by themselves.
inline void finish_streaming() {
#if defined(__SSE2__)
  _mm_sfence();
#endif
}

}  // namespace cinta::kernels
