// Compiled once per instruction set; see simd_level.hpp.
//
// Tiles as wide as a register are turned over in registers. With 512 bits they are whole cache
// lines on both sides, so that nothing has to stay in a cache: lines of a matrix whose rows are a
// power of two apart compete for the same few places there.

#include <algorithm>
#include <cinta/ops/kernels/prefetch.hpp>
#include <cinta/ops/kernels/square.hpp>
#include <cinta/ops/kernels/transpose.hpp>
#include <cstring>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void transpose(const Transposition& t);

namespace {

template <class T>
void write(const Register<T>& v, char* p, [[maybe_unused]] bool past_caches) {
#if defined(__AVX512F__)
  if (past_caches) {
    __builtin_ia32_movntdq512(
        reinterpret_cast<long long __attribute__((vector_size(64)))*>(p),
        reinterpret_cast<const long long __attribute__((vector_size(64)))&>(v));
    return;
  }
#endif
  std::memcpy(p, &v, sizeof v);
}

template <class T>
[[gnu::flatten]] void tile(const char* from, std::int64_t from_step, char* to, std::int64_t to_step,
                           bool past_caches) {
  constexpr int n = register_lanes<T>;
  Register<T> rows[n];
  for (int i = 0; i < n; ++i) std::memcpy(&rows[i], from + i * from_step, sizeof rows[i]);
  turn_over<T>(rows);
  for (int i = 0; i < n; ++i) write<T>(rows[i], to + i * to_step, past_caches);
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
    for (std::int64_t c = 0; c < columns; c += n) {
      const char* from = t.from + c * t.from_step + r * size;
      if (t.past_caches)  // rows are too far apart for the processor to notice streams
        for (int i = 0; i < n; ++i) prefetch(from + i * t.from_step + 2 * register_bytes);
      tile<T>(from, t.from_step, t.to + r * t.to_step + c * size, t.to_step,
              t.past_caches && whole_lines);
    }
    for (std::int64_t i = r; i < r + n; ++i)
      for (std::int64_t c = columns; c < t.columns; ++c) one(i, c);
  }
  for (std::int64_t c = 0; c < t.columns; ++c)
    for (std::int64_t r = rows; r < t.rows; ++r) one(r, c);
#if defined(__AVX512F__)
  if (t.past_caches) __builtin_ia32_sfence();  // such stores are not ordered by themselves
#endif
}

}  // namespace

void transpose(const Transposition& t) {
  t.element == 4 ? transpose_elements<float>(t) : transpose_elements<double>(t);
}

}  // namespace cinta::kernels::CINTA_SIMD
