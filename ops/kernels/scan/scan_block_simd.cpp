// Compiled once per instruction set; see simd/dispatch.hpp.

#include <cinta/ops/kernels/scan/scan_block.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>
#include <type_traits>
#include <utility>

#ifdef __SSE2__
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

// How a wide vector is returned depends on compiler flags; nobody else calls these functions.
#pragma GCC diagnostic ignored "-Wpsabi"

#include <cinta/ops/kernels/simd/lanes.hpp>

namespace cinta::kernels::CINTA_SIMD {

void scan_block(const ScanBlock& block, double& sum);

namespace {

// A group is four rows of four quads of elements. What is added in which order is the same whatever
// the registers: first within quads, then the quads of a row, then rows.
constexpr std::int64_t row = 16, group = 4 * row;
using Quads = Lanes<double, 4>;  // a number for each row: of the quads of one column, say

// A part of a row, one column of quads or two, as float32 and as float64.
constexpr int width = register_bytes == 16 ? 4 : 8, parts = int(row) / width;
using Part = Lanes<float, width>;
constexpr int piece = register_bytes == 64 ? 8 : 4, pieces = width / piece;
using Piece = Lanes<double, piece>;

// Multipliers are idle and can add: most of the other units convert or turn over.
template <class V>
V sum_of(const V& a, const V& b) {
#ifdef __FMA__
  return fused<double>(a, all<double, V>(1), b);
#else
  return a + b;
#endif
}

struct WidePart {
  Piece at[pieces];

  void add(const double* other) {
#pragma GCC unroll 2
    for (int p = 0; p < pieces; ++p) at[p] = sum_of(at[p], get<Piece>(other + p * piece));
  }
  const double* data() const { return reinterpret_cast<const double*>(at); }

  // gcc 12 makes two halves of a register of AVX-512, and of one of AVX by way of the stack.
  void read(const Part& from) {
#if defined(__AVX512F__)
    at[0] = Piece(_mm512_cvtps_pd(__m256(from)));
#elif defined(__AVX2__)
    at[0] = Piece(_mm256_cvtps_pd(_mm256_castps256_ps128(__m256(from))));
    at[1] = Piece(_mm256_cvtps_pd(_mm256_extractf128_ps(__m256(from), 1)));
#else
    at[0] = __builtin_convertvector(from, Piece);
#endif
  }
  void write(Part& to) const {
#if defined(__AVX512F__)
    to = Part(_mm512_cvtpd_ps(__m512d(at[0])));
#elif defined(__AVX2__)
    to = Part(_mm256_set_m128(_mm256_cvtpd_ps(__m256d(at[1])), _mm256_cvtpd_ps(__m256d(at[0]))));
#else
    to = __builtin_convertvector(at[0], Part);
#endif
  }
};

// Turns over the squares of four that lie side by side in four registers.
template <int... lane>
void turn_quads(Part* a, std::integer_sequence<int, lane...>) {
  constexpr int n = width;
  const Part low0 =
      __builtin_shufflevector(a[0], a[1], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...);
  const Part low1 =
      __builtin_shufflevector(a[2], a[3], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2)...);
  const Part high0 =
      __builtin_shufflevector(a[0], a[1], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...);
  const Part high1 =
      __builtin_shufflevector(a[2], a[3], (lane % 2 * n + lane / 4 * 4 + lane % 4 / 2 + 2)...);
  a[0] = __builtin_shufflevector(low0, low1, (lane % 4 < 2 ? lane : n + lane - 2)...);
  a[1] = __builtin_shufflevector(low0, low1, (lane % 4 < 2 ? lane + 2 : n + lane)...);
  a[2] = __builtin_shufflevector(high0, high1, (lane % 4 < 2 ? lane : n + lane - 2)...);
  a[3] = __builtin_shufflevector(high0, high1, (lane % 4 < 2 ? lane + 2 : n + lane)...);
}
void turn_quads(Part* a) { turn_quads(a, std::make_integer_sequence<int, width>()); }

// Backwards, rows, columns and elements come the other way round.
template <bool reverse>
struct Group {
  // Those that are k-th in their quads, with what is before them in these.
  WidePart elements[parts][4];

  static int turned(int k) { return reverse ? 3 - k : k; }

  void read(const float* p) {
#pragma GCC unroll 4
    for (int part = 0; part < parts; ++part) {
      Part a[4];
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) a[turned(i)] = get<Part>(p + i * row + part * width);
      turn_quads(a);
      WidePart* const e = elements[part];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) e[turned(k)].read(a[k]);
#pragma GCC unroll 3
      for (int k = 1; k < 4; ++k) e[k].add(e[k - 1].data());
    }
  }

  /// The sums of the quads of a column.
  Quads column(int c) const {
    const int first = turned(c) * 4;
    return quads_of(elements[first / width][3].at, first % width);
  }
  /// The sums of the rows.
  Quads rows() const { return column(0) + column(1) + column(2) + column(3); }

  /// `before` is what is before each quad.
  template <bool streaming>
  void write(const double* before, float* p) const {
#pragma GCC unroll 4
    for (int part = 0; part < parts; ++part) {
      Part a[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) {
        WidePart sums = elements[part][turned(k)];
        sums.add(before + part * width);
        sums.write(a[k]);
      }
      turn_quads(a);
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) put_part<streaming>(p + i * row + part * width, a[turned(i)]);
    }
  }

 private:
  template <class P>
  static Quads quads_of(const P* at, int first) {
    if constexpr (sizeof(P) == sizeof(Quads))
      return at[first / 4];
    else
      return get<Quads>(reinterpret_cast<const double*>(at) + first);
  }
  template <bool streaming>
  static void put_part(float* to, const Part& lanes) {
#if defined(__AVX2__)
    if (streaming) return _mm256_stream_ps(to, __m256(lanes));
#elif defined(__SSE2__)
    if (streaming) return _mm_stream_ps(to, __m128(lanes));
#endif
    put(to, lanes);
  }
};

// Each becomes the sum of those up to it.
void add_up(Quads& a) {
  const Quads zero = {};
  a += __builtin_shufflevector(zero, a, 0, 4, 5, 6);
  a += __builtin_shufflevector(zero, a, 0, 0, 4, 5);
}

// As they will be read: what is written in parts and read as one has to get to the cache between.
template <class P>
void put_pieces(double* to, const Quads* from) {
  for (int c = 0; c < 4; c += int(sizeof(P) / sizeof(Quads)))
    if constexpr (sizeof(P) == sizeof(Quads))
      put(to + 4 * c, from[c]);
    else
      put(to + 4 * c, __builtin_shufflevector(from[c], from[c + 1], 0, 1, 2, 3, 4, 5, 6, 7));
}

// f(0), ..., f(count - 1), whose results are to stay in registers.
template <int count, class F>
void each(const F& f) {
  [&]<int... g>(std::integer_sequence<int, g...>) { (f(g), ...); }
  (std::make_integer_sequence<int, count>());
}

// What is before each quad of some groups.
template <bool reverse, int count>
struct Starts {
  alignas(64) double at[count][row];

  /// `before` is what is before the first row; it becomes what is before those that follow. What
  /// the rows add up to is added to `sums`.
  void find(const Group<reverse>* groups, Quads& before, Quads& sums) {
    const Quads zero = {};
    Quads rows[count];
    each<count>([&](int g) { sums += rows[g] = groups[g].rows(); });
    each<count>([&](int g) { add_up(rows[g]); });
    each<count>([&](int g) {
      const Quads all_rows = __builtin_shufflevector(rows[g], rows[g], 3, 3, 3, 3);
      rows[g] = before + __builtin_shufflevector(zero, rows[g], 0, 4, 5, 6);
      before += all_rows;
    });
    each<count>([&](int g) {
      Quads columns[4];
      columns[Group<reverse>::turned(0)] = rows[g];
      each<3>([&](int c) {
        rows[g] = sum_of(groups[g].column(c), rows[g]);
        columns[Group<reverse>::turned(c + 1)] = rows[g];
      });
      put_pieces<Piece>(at[g], columns);
    });
  }
};

// x and y are at the lowest address of the first group; with `reverse` the others lie before it.
template <bool reverse, bool write, bool streaming>
struct Scan {
  Quads before, sums = {};

  template <int count>
  void add(const float* x, float* y) {
    constexpr std::int64_t step = reverse ? -group : group;
    if constexpr (write) {
      Group<reverse> groups[count];
      Starts<reverse, count> starts;
      for (int g = 0; g < count; ++g) groups[g].read(x + g * step);
      starts.find(groups, before, sums);
      for (int g = 0; g < count; ++g)
        groups[g].template write<streaming>(starts.at[g], y + g * step);
    } else {
      for (int g = 0; g < count; ++g) {
        Group<reverse> one;
        one.read(x + g * step);
        sums += one.rows();
      }
    }
  }
};

template <bool reverse, bool write, bool streaming>
[[gnu::flatten]] double scan(const ScanBlock& block) {
  constexpr std::int64_t step = reverse ? -1 : 1, first = reverse ? 1 - group : 0;
  const std::int64_t n = block.count;
  Scan<reverse, write, streaming> scan{all<double, Quads>(block.before)};
  const auto from = [=](std::int64_t i) { return block.x + i * step; };
  const auto to = [=](std::int64_t i) { return write ? block.y + i * step : nullptr; };
  double rest = 0;
  std::int64_t i = 0;
  // As many at a time as there are, since a group is one long chain of operations.
  const auto add = [&]<int count>(std::integral_constant<int, count>) {
    scan.template add<count>(from(i) + first, write ? to(i) + first : nullptr);
    i += count * group;
  };
  while (i + 8 * group <= n) add(std::integral_constant<int, 8>());
  if (i + 4 * group <= n) add(std::integral_constant<int, 4>());
  if (i + 2 * group <= n) add(std::integral_constant<int, 2>());
  if (i + group <= n) add(std::integral_constant<int, 1>());
  // Less than a group: quad by quad, then one by one.
  for (; i + 4 <= n; i += 4) {
    using Quad = Lanes<float, 4>;
    constexpr std::int64_t lowest = reverse ? -3 : 0;
    Quads quad = __builtin_convertvector(get<Quad>(from(i) + lowest), Quads);
    if constexpr (reverse) quad = __builtin_shufflevector(quad, quad, 3, 2, 1, 0);
    add_up(quad);
    const Quads all_four = __builtin_shufflevector(quad, quad, 3, 3, 3, 3);
    quad += scan.before;
    scan.before += all_four;
    rest += all_four[0];
    if constexpr (write && reverse) quad = __builtin_shufflevector(quad, quad, 3, 2, 1, 0);
    if constexpr (write) put(to(i) + lowest, __builtin_convertvector(quad, Quad));
  }
  for (double sum = scan.before[0]; i < n; ++i) {
    rest += double(*from(i));
    if constexpr (write) *to(i) = float(sum += double(*from(i)));
  }
  return ((scan.sums[0] + scan.sums[1]) + (scan.sums[2] + scan.sums[3])) + rest;
}

template <bool reverse>
double scan(const ScanBlock& block) {
  if (!block.y) return scan<reverse, false, false>(block);
  // Groups have a distance of their own size.
  const bool streaming =
      block.streaming &&
      reinterpret_cast<std::uintptr_t>(block.y + int(reverse)) % sizeof(Part) == 0;
  return streaming ? scan<reverse, true, true>(block) : scan<reverse, true, false>(block);
}

}  // namespace

void scan_block(const ScanBlock& block, double& sum) {
  sum = block.reverse ? scan<true>(block) : scan<false>(block);
}

}  // namespace cinta::kernels::CINTA_SIMD
