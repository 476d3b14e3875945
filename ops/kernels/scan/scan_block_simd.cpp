// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/scan/scan_block.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cstring>
#include <utility>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void scan_block(const ScanBlock& block, double& sum);

namespace {

// 32 elements are eight quads, which lie in columns: register k has the k-th elements of four
// quads, those with even numbers or those with odd ones. Two cross a row of 8 at once where
// registers are wide enough.
constexpr std::int64_t group = 32, quad = 4, row = 8;
constexpr int width = register_bytes == 16 ? 4 : 8;
using Row [[gnu::vector_size(4 * width)]] = float;
using Wide [[gnu::vector_size(8 * quad)]] = double;

// Turns over the squares of four that lie side by side in four registers.
template <int... lane>
void turn_quads(Row* a, std::integer_sequence<int, lane...>) {
  constexpr int n = width;
  const Row low[] = {
      __builtin_shufflevector(a[0], a[1], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...),
      __builtin_shufflevector(a[2], a[3], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...)};
  const Row high[] = {
      __builtin_shufflevector(a[0], a[1], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...),
      __builtin_shufflevector(a[2], a[3], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...)};
  a[0] = __builtin_shufflevector(low[0], low[1], (lane % 4 < 2 ? lane : n + lane - 2)...);
  a[1] = __builtin_shufflevector(low[0], low[1], (lane % 4 < 2 ? lane + 2 : n + lane)...);
  a[2] = __builtin_shufflevector(high[0], high[1], (lane % 4 < 2 ? lane : n + lane - 2)...);
  a[3] = __builtin_shufflevector(high[0], high[1], (lane % 4 < 2 ? lane + 2 : n + lane)...);
}
void turn_quads(Row* a) { turn_quads(a, std::make_integer_sequence<int, width>()); }

// Backwards, rows and columns come the other way round, and the quads of a row change their places.
template <bool reverse>
struct Group {
  Wide even[4], odd[4];

  Wide& low(int k) { return reverse ? odd[3 - k] : even[k]; }
  Wide& high(int k) { return reverse ? even[3 - k] : odd[k]; }
  static std::int64_t place(int i) { return row * (reverse ? 3 - i : i); }

  void read(const float* p) {
    Row a[row / width][4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
#pragma GCC unroll 2
      for (int part = 0; part < row / width; ++part)
        std::memcpy(&a[part][i], p + place(i) + part * width, sizeof(Row));
    for (auto& part : a) turn_quads(part);
    for (int k = 0; k < 4; ++k) {
#if defined(__AVX__)
      const auto& both = reinterpret_cast<const __m256&>(a[0][k]);
      reinterpret_cast<__m256d&>(low(k)) = _mm256_cvtps_pd(_mm256_castps256_ps128(both));
      reinterpret_cast<__m256d&>(high(k)) = _mm256_cvtps_pd(_mm256_extractf128_ps(both, 1));
#else
      low(k) = __builtin_convertvector(a[0][k], Wide);
      high(k) = __builtin_convertvector(a[1][k], Wide);
#endif
    }
  }

  void write(float* p, bool streaming) {
    Row a[row / width][4];
    for (int k = 0; k < 4; ++k) {
#if defined(__AVX__)
      reinterpret_cast<__m256&>(a[0][k]) =
          _mm256_set_m128(_mm256_cvtpd_ps(reinterpret_cast<const __m256d&>(high(k))),
                          _mm256_cvtpd_ps(reinterpret_cast<const __m256d&>(low(k))));
#else
      a[0][k] = __builtin_convertvector(low(k), Row);
      a[1][k] = __builtin_convertvector(high(k), Row);
#endif
    }
    for (auto& part : a) turn_quads(part);
    for (int j = 0; j < 4; ++j) {
      const int i = reverse ? 3 - j : j;  // in the order of memory
      for (int part = 0; part < row / width; ++part) {
        float* const to = p + place(i) + part * width;
#if defined(__AVX__)
        if (streaming) {
          _mm256_stream_ps(to, reinterpret_cast<const __m256&>(a[part][i]));
          continue;
        }
#elif defined(__SSE2__)
        if (streaming) {
          _mm_stream_ps(to, reinterpret_cast<const __m128&>(a[part][i]));
          continue;
        }
#endif
        std::memcpy(to, &a[part][i], sizeof(Row));
      }
    }
  }
};

template <bool reverse, bool write>
[[gnu::flatten]] double scan(const ScanBlock& block) {
  constexpr std::int64_t ahead = fetch_ahead / 4;
  const Wide zero = {};
  const std::int64_t step = reverse ? -1 : 1, first = reverse ? 1 - group : 0;
  const bool streaming =
      block.streaming && reinterpret_cast<std::uintptr_t>(block.y + first) % sizeof(Row) == 0;
  Wide before = block.before - zero, sums = {};
  std::int64_t i = 0;
  for (; i + group <= block.count; i += group) {
    const float* const x = block.x + i * step + first;
    __builtin_prefetch(x + ahead * step);
    __builtin_prefetch(x + ahead * step + group / 2);
    Group<reverse> g;
    g.read(x);
    for (int k = 1; k < 4; ++k) {
      g.even[k] += g.even[k - 1];
      g.odd[k] += g.odd[k - 1];
    }
    const Wide pairs = g.even[3] + g.odd[3];
    sums += pairs;
    if constexpr (!write) continue;
    Wide within = pairs + __builtin_shufflevector(zero, pairs, 0, 4, 5, 6);
    within += __builtin_shufflevector(zero, within, 0, 0, 4, 5);
    const Wide even = before + __builtin_shufflevector(zero, within, 0, 4, 5, 6);
    const Wide odd = even + g.even[3];
    before += __builtin_shufflevector(within, within, 3, 3, 3, 3);
    for (int k = 0; k < 4; ++k) {
      g.even[k] += even;
      g.odd[k] += odd;
    }
    g.write(block.y + i * step + first, streaming);
  }
  double rest = 0;
  for (; i < block.count; ++i) {
    rest += double(block.x[i * step]);
    if constexpr (write) block.y[i * step] = float(before[0] + rest);
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

}  // namespace

void scan_block(const ScanBlock& block, double& sum) {
  if (block.y)
    sum = block.reverse ? scan<true, true>(block) : scan<false, true>(block);
  else
    sum = block.reverse ? scan<true, false>(block) : scan<false, false>(block);
}

}  // namespace cinta::kernels::CINTA_SIMD
