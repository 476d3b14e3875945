// Compiled once per instruction set; see simd/dispatch.hpp.
//
// Tiles as wide as a register are turned over in registers. With 512 bits they are whole cache
// lines on both sides, so that nothing has to stay in a cache: lines of a matrix whose rows are a
// power of two apart compete for the same few places there.

#include <algorithm>
#include <cinta/ops/kernels/copy/transpose.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstring>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void transpose(const Transposition& t);

namespace {

template <class T>
void write(const Register<T>& v, char* p, [[maybe_unused]] bool streaming) {
#if defined(__AVX512F__)
  if (streaming) {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(p), reinterpret_cast<const __m512i&>(v));
    return;
  }
#endif
  std::memcpy(p, &v, sizeof v);
}

// n = register_lanes rows of the result, `columns` (a multiple of n) long. What is stored of one
// square stands between the loads of the next, so that the way in and the way out are both busy.
template <class T, bool streaming>
[[gnu::flatten]] void band(const char* from, std::int64_t from_step, char* to, std::int64_t to_step,
                           std::int64_t columns) {
  constexpr std::int64_t n = register_lanes<T>, size = sizeof(T);
  if (columns == 0) return;
  Register<T> square[n];
#pragma GCC unroll 16  // or the square is not kept in registers
  for (int i = 0; i < n; ++i) std::memcpy(&square[i], from + i * from_step, sizeof square[i]);
  for (std::int64_t c = 0; c < columns; c += n) {
    turn_over<T>(square);
    // Behind the last one this one is read again.
    const char* next = from + (c + n < columns ? c + n : c) * from_step;
#pragma GCC unroll 16
    for (int i = 0; i < n; ++i) {
      if constexpr (streaming)  // rows are too far apart for the processor to notice streams
        prefetch(next + i * from_step + 2 * register_bytes);
      write<T>(square[i], to + i * to_step + c * size, streaming);
      std::memcpy(&square[i], next + i * from_step, sizeof square[i]);
    }
  }
}

template <class T>
void transpose_elements(const Transposition& t) {
  constexpr std::int64_t n = register_lanes<T>, size = sizeof(T);
  const std::int64_t rows = t.rows / n * n, columns = t.columns / n * n;
  const auto one = [&](std::int64_t r, std::int64_t c) {
    std::memcpy(t.to + r * t.to_step + c * size, t.from + c * t.from_step + r * size, sizeof(T));
  };
  const bool whole_lines = register_bytes == 64 && t.to_step % 64 == 0 &&
                           reinterpret_cast<std::uintptr_t>(t.to) % 64 == 0;
  // Few rows at a time: each is written as one stream.
  for (std::int64_t r = 0; r < rows; r += n) {
    const auto run = t.streaming && whole_lines ? band<T, true> : band<T, false>;
    run(t.from + r * size, t.from_step, t.to + r * t.to_step, t.to_step, columns);
    for (std::int64_t i = r; i < r + n; ++i)
      for (std::int64_t c = columns; c < t.columns; ++c) one(i, c);
  }
  for (std::int64_t c = 0; c < t.columns; ++c)
    for (std::int64_t r = rows; r < t.rows; ++r) one(r, c);
#if defined(__AVX512F__)
  if (t.streaming) __builtin_ia32_sfence();  // such stores are not ordered by themselves
#endif
}

}  // namespace

void transpose(const Transposition& t) {
  t.element == 4 ? transpose_elements<float>(t) : transpose_elements<double>(t);
}

}  // namespace cinta::kernels::CINTA_SIMD
