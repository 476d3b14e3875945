// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/scatter_add/part_sums.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

#include <cinta/ops/kernels/simd/lanes.hpp>

namespace cinta::kernels::CINTA_SIMD {

void add_to_part(const PartSums<float>& sums, LinesBehind& behind, std::int64_t& next);
void add_to_part(const PartSums<double>& sums, LinesBehind& behind, std::int64_t& next);

namespace {

// Half a register of AVX-512, which is no faster here.
#ifdef __AVX2__
using Piece = Lanes<long long, 4>;
[[gnu::always_inline]] inline void stream(char* to, const Piece& piece) {
  _mm256_stream_si256(reinterpret_cast<__m256i*>(to), __m256i(piece));
}
#else
using Piece = Lanes<long long, 2>;
[[gnu::always_inline]] inline void stream(char* to, const Piece& piece) {
#ifdef __SSE2__
  _mm_stream_si128(reinterpret_cast<__m128i*>(to), __m128i(piece));
#else
  put(to, piece);
#endif
}
#endif

[[gnu::always_inline]] inline void write_line(char* to, char* from) {
#pragma GCC unroll 4
  for (int k = 0; k < int(cache_line); k += int(sizeof(Piece))) {
    stream(to + k, get<Piece>(from + k));
    put(from + k, Piece{});
  }
}

// Elements from k on of a row, n at a time. Returns the element that is next.
template <int n, class T>
[[gnu::always_inline]] inline std::int64_t add(std::int64_t k, std::int64_t width, const T* term,
                                               T* row) {
  using V = Lanes<T, n>;
#pragma GCC unroll 8
  for (; k + n <= width; k += n) put<V>(row + k, get<V>(row + k) + get<V>(term + k));
  return k;
}

// Rows of `fixed` elements, or of any number if that is 0.
template <int fixed, class T>
void add_rows(const PartSums<T>& sums, LinesBehind& behind, std::int64_t& next) {
  constexpr int lanes = int(sizeof(Piece) / sizeof(T));
  const std::int64_t width = fixed ? fixed : sums.width;
  const RowPrefetch fetch(width * std::int64_t(sizeof(T)));
  const std::int64_t left = sums.ids.count - next;
  const std::uint64_t *item = sums.ids.item + next, *const end = item + left,
                      *const fetch_end = sums.ids.item + std::max<std::int64_t>(
                                                             0, sums.ids.following - fetch.ahead);
  char *to = behind.to, *from = behind.from, *const last = from + behind.lines * cache_line;
  const std::int64_t at_once = left ? (behind.lines + left - 1) / left : 0;
  while (item < end) {
    if (item < fetch_end) fetch(sums.x + RowBuckets::place(item[fetch.ahead]) * width);
    const std::int64_t in_part = RowBuckets::row(*item);
    T* const row = sums.part + in_part * width;
    const T* const term = sums.x + RowBuckets::place(*item) * width;
    std::int64_t k = add<lanes>(0, width, term, row);
    if constexpr (fixed % lanes || fixed == 0) add<1>(k, width, term, row);
    for (std::int64_t line = at_once; line > 0 && from < last; --line) {
      write_line(to, from);
      to += cache_line;
      from += cache_line;
    }
    ++item;
    if (sums.counts && ++sums.counts[in_part] == sum_block) break;
  }
  if (item == end)
    for (; from < last; from += cache_line, to += cache_line) write_line(to, from);
  behind = {to, from, (last - from) / cache_line};
  next = item - sums.ids.item;
}

template <class T>
void add_any_rows(const PartSums<T>& sums, LinesBehind& behind, std::int64_t& next) {
  constexpr int line = int(cache_line / sizeof(T));
  switch (sums.width) {
    case line: return add_rows<line>(sums, behind, next);
    case 2 * line: return add_rows<2 * line>(sums, behind, next);
    case 4 * line: return add_rows<4 * line>(sums, behind, next);
    default: return add_rows<0>(sums, behind, next);
  }
}

}  // namespace

void add_to_part(const PartSums<float>& sums, LinesBehind& behind, std::int64_t& next) {
  add_any_rows(sums, behind, next);
}
void add_to_part(const PartSums<double>& sums, LinesBehind& behind, std::int64_t& next) {
  add_any_rows(sums, behind, next);
}

}  // namespace cinta::kernels::CINTA_SIMD
