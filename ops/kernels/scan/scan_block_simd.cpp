// Compiled once per instruction set; see simd/dispatch.hpp.

#include <algorithm>
#include <cinta/ops/kernels/scan/scan_block.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
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

// Turns over the squares of four that lie side by side in four registers, `step` from one another.
template <int step, int... lane>
void turn_quads(Row* a, std::integer_sequence<int, lane...>) {
  constexpr int n = width;
  Row &r0 = a[0], &r1 = a[step], &r2 = a[2 * step], &r3 = a[3 * step];
  const Row low0 = __builtin_shufflevector(r0, r1, (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...);
  const Row low1 = __builtin_shufflevector(r2, r3, (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...);
  const Row high0 =
      __builtin_shufflevector(r0, r1, (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...);
  const Row high1 =
      __builtin_shufflevector(r2, r3, (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...);
  r0 = __builtin_shufflevector(low0, low1, (lane % 4 < 2 ? lane : n + lane - 2)...);
  r1 = __builtin_shufflevector(low0, low1, (lane % 4 < 2 ? lane + 2 : n + lane)...);
  r2 = __builtin_shufflevector(high0, high1, (lane % 4 < 2 ? lane : n + lane - 2)...);
  r3 = __builtin_shufflevector(high0, high1, (lane % 4 < 2 ? lane + 2 : n + lane)...);
}
template <int step>
void turn_quads(Row* a) {
  turn_quads<step>(a, std::make_integer_sequence<int, width>());
}

// One element of each column, as float64: of the first quads of rows, and of the second ones.
class Elements {
 public:
#if defined(__AVX__)
  void read(const Row* a) {
    const auto& both = reinterpret_cast<const __m256&>(a[0]);
    reinterpret_cast<__m256d&>(first_) = _mm256_cvtps_pd(_mm256_castps256_ps128(both));
    reinterpret_cast<__m256d&>(second_) = _mm256_cvtps_pd(_mm256_extractf128_ps(both, 1));
  }
  void write(Row* a) const {
    reinterpret_cast<__m256&>(a[0]) =
        _mm256_set_m128(_mm256_cvtpd_ps(reinterpret_cast<const __m256d&>(second_)),
                        _mm256_cvtpd_ps(reinterpret_cast<const __m256d&>(first_)));
  }
#else
  void read(const Row* a) {
    first_ = __builtin_convertvector(a[0], Wide);
    second_ = __builtin_convertvector(a[1], Wide);
  }
  void write(Row* a) const {
    a[0] = __builtin_convertvector(first_, Row);
    a[1] = __builtin_convertvector(second_, Row);
  }
#endif
  void add(const Elements& other) {
    first_ += other.first_;
    second_ += other.second_;
  }
  void set(const Wide& first, const Wide& second) {
    first_ = first;
    second_ = second;
  }
  void get(Wide& first, Wide& second) const {
    first = first_;
    second = second_;
  }

 private:
  Wide first_, second_;
};

// Backwards, rows and columns come the other way round, and the quads of a row change their places.
template <bool reverse>
struct Group {
  static constexpr int parts = row / width;
  Elements elements[4];

  static int turned(int k) { return reverse ? 3 - k : k; }

  void read(const float* p) {
    Row a[4][parts];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
#pragma GCC unroll 2
      for (int part = 0; part < parts; ++part)
        std::memcpy(&a[turned(i)][part], p + i * row + part * width, sizeof(Row));
    for (int part = 0; part < parts; ++part) turn_quads<parts>(a[0] + part);
    for (int k = 0; k < 4; ++k) elements[turned(k)].read(a[k]);
  }

  void write(float* p, bool streaming) {
    Row a[4][parts];
    for (int k = 0; k < 4; ++k) elements[turned(k)].write(a[k]);
    for (int part = 0; part < parts; ++part) turn_quads<parts>(a[0] + part);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
#pragma GCC unroll 2
      for (int part = 0; part < parts; ++part) {
        float* const to = p + i * row + part * width;
        const Row& from = a[turned(i)][part];
#if defined(__AVX__)
        if (streaming) {
          _mm256_stream_ps(to, reinterpret_cast<const __m256&>(from));
          continue;
        }
#elif defined(__SSE2__)
        if (streaming) {
          _mm_stream_ps(to, reinterpret_cast<const __m128&>(from));
          continue;
        }
#endif
        std::memcpy(to, &from, sizeof(Row));
      }
    }
  }

  // Each column adds up; its sum is that of a quad.
  void add_up() {
    for (int k = 1; k < 4; ++k) elements[k].add(elements[k - 1]);
  }
  void sums(Wide& even, Wide& odd) const {
    reverse ? elements[3].get(odd, even) : elements[3].get(even, odd);
  }
  // Adds what is before the quads.
  void add(const Wide& even, const Wide& odd) {
    Elements before;
    reverse ? before.set(odd, even) : before.set(even, odd);
    for (Elements& e : elements) e.add(before);
  }
};

template <bool reverse, bool write>
[[gnu::flatten]] double scan(const ScanBlock& block) {
  const Wide zero = {};
  const std::int64_t step = reverse ? -1 : 1, first = reverse ? 1 - group : 0;
  const bool streaming =
      block.streaming && reinterpret_cast<std::uintptr_t>(block.y + first) % sizeof(Row) == 0;
  const float* const from = block.x + first;
  float* const to = write ? block.y + first : nullptr;
  Wide before = block.before - zero, sums = {};
  // A group is a long chain of operations: several begin, go on and end side by side.
  constexpr std::int64_t most = 16;
  Group<reverse> groups[most];
  Wide before_even[most], before_odd[most];
  std::int64_t i = 0;
  for (std::int64_t count; (count = std::min(most, (block.count - i) / group)) > 0;
       i += count * group) {
    for (std::int64_t c = 0; c < count; ++c) {
      Group<reverse> g;
      g.read(from + (i + c * group) * step);
      g.add_up();
      Wide even, odd;
      g.sums(even, odd);
      sums += even + odd;
      if constexpr (write) groups[c] = g;
    }
    if constexpr (!write) continue;
    for (std::int64_t c = 0; c < count; ++c) {
      Wide even, odd;
      groups[c].sums(even, odd);
      const Wide pairs = even + odd;
      Wide within = pairs + __builtin_shufflevector(zero, pairs, 0, 4, 5, 6);
      within += __builtin_shufflevector(zero, within, 0, 0, 4, 5);
      before_even[c] = before + __builtin_shufflevector(zero, within, 0, 4, 5, 6);
      before_odd[c] = before_even[c] + even;
      before += __builtin_shufflevector(within, within, 3, 3, 3, 3);
    }
    for (std::int64_t c = 0; c < count; ++c) {
      Group<reverse> g = groups[c];
      g.add(before_even[c], before_odd[c]);
      g.write(to + (i + c * group) * step, streaming);
    }
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
