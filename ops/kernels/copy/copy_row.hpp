#pragma once
// Copying rows: short ones, for which a call of memcpy would cost more than the copy, and those of
// results that no cache holds.

#include <algorithm>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace cinta::kernels {

/// memcpy. Where `to` is up to 31 bytes further in its page than `from`, some processors take the C
/// library's "rep movs" for reading what it has just written, and 20 times as long (glibc's bug
/// 30994): each line is read before the last one is written there.
inline void copy_bytes(char* to, const char* from, std::int64_t bytes) {
#if defined(__SSE2__)
  const auto further =
      (reinterpret_cast<std::uintptr_t>(to) - reinterpret_cast<std::uintptr_t>(from)) % 4096;
  if (bytes >= 2048 && further > 0 && further < cache_line) {
    const auto read = [](const char* p) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    };
    const auto write = [](char* p, __m128i part) {
      _mm_storeu_si128(reinterpret_cast<__m128i*>(p), part);
    };
    __m128i a = read(from), b = read(from + 16), c = read(from + 32), d = read(from + 48);
    for (; bytes >= 2 * cache_line; bytes -= cache_line, to += cache_line) {
      from += cache_line;
      const __m128i e = read(from), f = read(from + 16), g = read(from + 32), h = read(from + 48);
      write(to, a), write(to + 16, b), write(to + 32, c), write(to + 48, d);
      a = e, b = f, c = g, d = h;
    }
  }
#endif
  std::memcpy(to, from, std::size_t(bytes));
}

/// Calls f(copy), where copy(to, from) copies rows of so many bytes: a loop over rows asks once.
/// Up to 64 bytes, two copies of a fixed size do, which may overlap in the middle.
template <class F>
void with_row_copy(std::int64_t bytes, const F& f) {
  const auto ends = [=](auto size) {
    return [=](char* to, const char* from) {
      std::memcpy(to, from, size());
      std::memcpy(to + bytes - size(), from + bytes - size(), size());
    };
  };
  if (bytes > 64)
    f([=](char* to, const char* from) { copy_bytes(to, from, bytes); });
  else if (bytes >= 32)
    f(ends(std::integral_constant<std::int64_t, 32>()));
  else if (bytes >= 16)
    f(ends(std::integral_constant<std::int64_t, 16>()));
  else if (bytes >= 8)
    f(ends(std::integral_constant<std::int64_t, 8>()));
  else if (bytes >= 4)
    f(ends(std::integral_constant<std::int64_t, 4>()));
  else
    f([=](char* to, const char* from) {
      for (std::int64_t i = 0; i < bytes; ++i) to[i] = from[i];
    });
}

/// memcpy of a row, or less.
inline void copy_row(char* to, const char* from, std::int64_t bytes) {
  with_row_copy(bytes, [=](const auto& copy) { copy(to, from); });
}

/// The same with streaming stores, but for parts of cache lines at the ends; finish_streaming() is
/// the caller's. Fetches so many bytes ahead, of rows that follow one another in memory.
inline void stream_row(char* to, const char* from, std::int64_t bytes, std::int64_t ahead) {
  std::int64_t i =
      std::min<std::int64_t>(bytes, -reinterpret_cast<std::intptr_t>(to) & (cache_line - 1));
  if (i > 0) copy_row(to, from, i);
#if defined(__SSE2__)
  for (; i + cache_line <= bytes; i += cache_line) {
    if (ahead > 0) __builtin_prefetch(from + i + ahead);
    const auto* const x = reinterpret_cast<const __m128i*>(from + i);
    auto* const y = reinterpret_cast<__m128i*>(to + i);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) _mm_stream_si128(y + k, _mm_loadu_si128(x + k));
  }
#endif
  if (i < bytes) copy_row(to + i, from + i, bytes - i);
}

/// The same of n elements that run backwards from `from` on.
template <class Unit>
void stream_reversed_row(char* to, const char* from, std::int64_t n) {
  constexpr std::int64_t size = sizeof(Unit);
  Unit* const y = reinterpret_cast<Unit*>(to);
  const Unit* const x = reinterpret_cast<const Unit*>(from);
  std::int64_t i = 0;
#if defined(__SSE2__)
  static_assert(size == 4 || size == 8);
  constexpr int backwards = size == 4 ? _MM_SHUFFLE(0, 1, 2, 3) : _MM_SHUFFLE(1, 0, 3, 2);
  constexpr std::int64_t line = cache_line / size, lanes = 16 / size;
  const std::int64_t ragged = (-reinterpret_cast<std::intptr_t>(to) & (cache_line - 1)) / size;
  for (; i < std::min(n, ragged); ++i) y[i] = x[-i];
  for (; i + line <= n; i += line) {
    __builtin_prefetch(reinterpret_cast<const char*>(x - i) - fetch_ahead);
    const Unit* const last = x - i - lanes + 1;
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const __m128i part = _mm_loadu_si128(reinterpret_cast<const __m128i*>(last - k * lanes));
      _mm_stream_si128(reinterpret_cast<__m128i*>(y + i) + k, _mm_shuffle_epi32(part, backwards));
    }
  }
#endif
  for (; i < n; ++i) y[i] = x[-i];
}

}  // namespace cinta::kernels
