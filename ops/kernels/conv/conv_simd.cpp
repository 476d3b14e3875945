// Compiled once per instruction set; see sweep.hpp.

#include <algorithm>
#include <cinta/ops/kernels/conv/sweep.hpp>
#include <cinta/ops/kernels/copy/transpose.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstring>
#include <utility>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

using std::int64_t;

template <class T>
inline constexpr int lanes = register_lanes<T>;

// Tiles of the result: so many channels of two vectors each, or fewer of more vectors, so that the
// sums fill the registers and no multiplication waits for the one before.
constexpr int tile_rows = register_bytes == 64 ? 12 : 6;
constexpr int columns_of(int rows) {
  return rows == 1 ? 8 : rows <= (tile_rows == 12 ? 4 : 2) ? 4 : 2;
}
constexpr int most_columns = 8;

// `count` elements of a row of the input from `origin` on, `step` apart, zeros where there are
// none; null is a row of zeros.
template <class T>
void fill_row(T* to, int64_t count, const T* row, int64_t origin, int64_t step, int64_t size) {
  if (!row) {
    std::fill_n(to, count, T(0));
    return;
  }
  int64_t begin = origin < 0 ? (-origin + step - 1) / step : 0;
  int64_t end = origin < size ? (size - 1 - origin) / step + 1 : 0;
  if (begin > count) begin = count;
  if (end > count) end = count;
  if (end < begin) end = begin;
  for (int64_t i = 0; i < begin; ++i) to[i] = 0;
  const T* from = row + origin;
  if (step == 1) {
    int64_t i = begin;
    for (; i + lanes<T> <= end; i += lanes<T>) {
      Register<T> v;
      load(v, from + i);
      store(to + i, v);
    }
    for (; i < end; ++i) to[i] = from[i];
  } else if (step == 2) {
    for (int64_t i = begin; i < end; ++i) to[i] = from[2 * i];
  } else {
    for (int64_t i = begin; i < end; ++i) to[i] = from[step * i];
  }
  for (int64_t i = end > begin ? end : begin; i < count; ++i) to[i] = 0;
}

template <class T>
void fill(const Sweep<T>& s, const Band<T>& band, T* buffer) {
  const SweepAxis &depth = s.depth, &height = s.height, &width = s.width;
  for (int64_t c = 0; c < s.channels; ++c) {
    T* to = buffer + c * s.buffer.plane;
    const T* plane = band.x + c * s.in_plane();
    for (int64_t d = 0; d < depth.tap_count; ++d) {
      const int64_t at =
          depth.origin[depth.taps[d].slot] + depth.in_step * (band.depth + depth.taps[d].shift);
      const T* slice = at >= 0 && at < depth.in ? plane + at * height.in * width.in : nullptr;
      for (int64_t slot = 0; slot < height.slot_count; ++slot) {
        for (int64_t w = 0; w < width.slot_count; ++w, to += s.buffer.slot) {
          for (int64_t r = 0; r < band.rows + height.reach; ++r) {
            const int64_t y = height.origin[slot] + height.in_step * (band.row + r);
            const T* row = slice && y >= 0 && y < height.in ? slice + y * width.in : nullptr;
            fill_row(to + r * s.buffer.pitch, s.buffer.pitch + s.buffer.shared, row,
                     width.origin[w] + width.in_step * band.column, width.in_step, width.in);
          }
        }
      }
    }
  }
}

// Where the offsets of a band count from.
template <class T>
const T* source_of(const Sweep<T>& s, const Band<T>& band, T* buffer) {
  if (s.direct) return band.x + (band.depth * s.height.in + band.row) * s.width.in + band.column;
  fill(s, band, buffer);
  return buffer;
}

// Sums of a tile, written to `sums`, rows of most_columns vectors.
template <class T, int Rows, int Columns>
void tile(const Sweep<T>& s, const T* x, const SweepTile<T>& t, T* sums) {
  using V = Register<T>;
  V sum[Rows][Columns];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) sum[r][c] = V{} + t.bias[r];
  }
  const int64_t *offset = s.offsets, *place = t.places;
  const int64_t step = t.step;
  for (int64_t k = 0; k < s.terms; ++k) {
    const T *from = x + offset[k], *weights = t.weights + place[k];
    V row[Columns];
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) load(row[c], from + c * lanes<T>);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const T factor = weights[r * step];
#pragma GCC unroll 8
      for (int c = 0; c < Columns; ++c) sum[r][c] += factor * row[c];
    }
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int c = 0; c < Columns; ++c) store(sums + (r * most_columns + c) * lanes<T>, sum[r][c]);
  }
}

template <class T>
using TileFunction = void (*)(const Sweep<T>&, const T*, const SweepTile<T>&, T*);

template <class T, bool narrow, int... Rows>
TileFunction<T> tile_with_rows(std::integer_sequence<int, Rows...>, int64_t rows) {
  static constexpr TileFunction<T> table[] = {tile < T, Rows + 1,
                                              narrow ? 1 : columns_of(Rows + 1) > ...};
  return table[rows - 1];
}

// Elements [begin, end) of a row of sums, aligned to vectors, to to[begin ...].
template <class T>
void write(T* to, const T* sums, int64_t begin, int64_t end) {
#ifdef __AVX512F__
  for (int64_t i = begin / lanes<T> * lanes<T>; i < end; i += lanes<T>) {
    const int64_t first = begin > i ? begin - i : 0, last = end - i < lanes<T> ? end - i : lanes<T>;
    const unsigned mask = ((1u << last) - 1) & ~((1u << first) - 1);
    if constexpr (sizeof(T) == 4)
      _mm512_mask_storeu_ps(to + i, __mmask16(mask), _mm512_load_ps(sums + i));
    else
      _mm512_mask_storeu_pd(to + i, __mmask8(mask), _mm512_load_pd(sums + i));
  }
#else
  int64_t i = begin;
  for (; i + lanes<T> <= end; i += lanes<T>) {
    Register<T> v;
    load(v, sums + i);
    store(to + i, v);
  }
  for (; i < end; ++i) to[i] = sums[i];
#endif
}

// Writes what is wanted of a tile's sums, which begin at element q of the band.
template <class T>
void scatter(const Sweep<T>& s, const Band<T>& band, const SweepTile<T>& t, int64_t q, int64_t size,
             const T* sums, T* y) {
  const SweepAxis& width = s.width;
  // Rows that follow each other in the buffer and in y are one.
  const bool dense = s.buffer.pitch == width.out && width.step == 1 && s.height.step == 1;
  const int64_t pitch = dense ? band.rows * s.buffer.pitch : s.buffer.pitch;
  const int64_t columns = dense ? pitch : band.columns;
  int64_t row = q / pitch, column = q - row * pitch;
  for (int64_t at = 0; at < size; ++row, column = 0) {
    const int64_t wanted = columns - column, left = size - at;
    const int64_t count = wanted < left ? wanted : left;
    if (count > 0) {
      T* to = y + t.first * s.out_plane() +
              ((s.depth.first + s.depth.step * band.depth) * s.height.out + s.height.first +
               s.height.step * (band.row + row)) *
                  width.out +
              width.first + width.step * (band.column + column);
      for (int64_t r = 0; r < t.rows; ++r, to += s.out_plane()) {
        const T* from = sums + r * most_columns * lanes<T>;
        if (width.step == 1) {
          write(to - at, from, at, at + count);
        } else {
          for (int64_t i = 0; i < count; ++i) to[width.step * i] = from[at + i];
        }
      }
    }
    at += pitch - column;
  }
}

template <class T>
void run_band(const Sweep<T>& s, const Band<T>& band, const SweepTile<T>* tiles, int64_t tile_count,
              T* buffer, T* y) {
  alignas(64) T sums[tile_rows * most_columns * lanes<T>];
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows>();
  const T* x = source_of(s, band, buffer);
  const int64_t count = (band.rows - 1) * s.buffer.pitch + band.columns;
  for (int64_t i = 0; i < tile_count; ++i) {
    const SweepTile<T>& t = tiles[i];
    const int64_t wide = columns_of(int(t.rows)) * lanes<T>;
    for (int64_t q = 0; q < count; q += wide) {
      const int64_t size = count - q < wide ? count - q : wide;
      if (size > lanes<T>) {
        tile_with_rows<T, false>(sizes, t.rows)(s, x + q, t, sums);
        scatter(s, band, t, q, size, sums, y);
      } else {
        tile_with_rows<T, true>(sizes, t.rows)(s, x + q, t, sums);
        scatter(s, band, t, q, size, sums, y);
      }
    }
  }
}

// Adds to the sums of `Rows` terms the products of their inputs and rows of dy, `Columns` vectors
// of channels for each element.
template <class T, int Rows, int Columns>
void weight_tile(const Sweep<T>& s, const T* x, const int64_t* offsets, const Band<T>& band,
                 const T* dy, T* to) {
  using V = Register<T>;
  V sum[Rows][Columns];
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c) load(sum[r][c], to + (r * Columns + c) * lanes<T>);
  }
  const T* from[Rows];
  for (int r = 0; r < Rows; ++r) from[r] = x + offsets[r];
  for (int64_t row = 0; row < band.rows; ++row) {
    for (int64_t i = 0; i < band.columns; ++i) {
      V right[Columns];
#pragma GCC unroll 2
      for (int c = 0; c < Columns; ++c) load(right[c], dy + c * lanes<T>);
#pragma GCC unroll 12
      for (int r = 0; r < Rows; ++r) {
        const T factor = from[r][i];
#pragma GCC unroll 2
        for (int c = 0; c < Columns; ++c) sum[r][c] += factor * right[c];
      }
      dy += Columns * lanes<T>;
    }
    for (int r = 0; r < Rows; ++r) from[r] += s.buffer.pitch;
  }
#pragma GCC unroll 12
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c) store(to + (r * Columns + c) * lanes<T>, sum[r][c]);
  }
}

template <class T>
using WeightFunction = void (*)(const Sweep<T>&, const T*, const int64_t*, const Band<T>&, const T*,
                                T*);

template <class T, int Columns, int... Rows>
WeightFunction<T> weight_tile_with_rows(std::integer_sequence<int, Rows...>, int64_t rows) {
  static constexpr WeightFunction<T> table[] = {weight_tile<T, Rows + 1, Columns>...};
  return table[rows - 1];
}

template <class T>
void weight_lanes(const Sweep<T>& s, const Band<T>& band, const T* x, const T* dy,
                  const WeightSum<T>& w, T* turned) {
  const int64_t count = band.rows * band.columns;
  for (int64_t i = 0; w.channels < w.lanes && i < count; ++i)
    for (int64_t c = w.channels; c < w.lanes; ++c) turned[i * w.lanes + c] = 0;
  constexpr int64_t bytes = sizeof(T);
  const bool dense = band.columns == s.width.out;
  for (int64_t row = 0; row < (dense ? 1 : band.rows); ++row) {
    const T* from = dy + row * s.width.out;
    T* to = turned + row * band.columns * w.lanes;
    transpose({reinterpret_cast<const char*>(from), reinterpret_cast<char*>(to),
               dense ? count : band.columns, w.channels, s.out_plane() * bytes, w.lanes * bytes,
               bytes, false});
  }
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows>();
  for (int64_t k = 0; k < s.terms; k += tile_rows) {
    const int64_t rows = s.terms - k < tile_rows ? s.terms - k : tile_rows;
    const WeightFunction<T> run = w.lanes == lanes<T> ? weight_tile_with_rows<T, 1>(sizes, rows)
                                                      : weight_tile_with_rows<T, 2>(sizes, rows);
    run(s, x, s.offsets + k, band, turned, w.sum + k * w.lanes);
  }
}

// The first n elements, zeros in the other lanes.
template <class T>
void load_first(Register<T>& to, const T* from, int64_t n) {
#ifdef __AVX512F__
  const unsigned mask = (1u << n) - 1;
  if constexpr (sizeof(T) == 4) {
    const __m512 v = _mm512_maskz_loadu_ps(__mmask16(mask), from);
    std::memcpy(&to, &v, sizeof to);
  } else {
    const __m512d v = _mm512_maskz_loadu_pd(__mmask8(mask), from);
    std::memcpy(&to, &v, sizeof to);
  }
#else
  to = Register<T>{};
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
#endif
}

// One channel and `Rows` terms, each summed in the lanes of a vector along the rows.
template <class T, int Rows>
void few_tile(const Sweep<T>& s, const T* x, const int64_t* offsets, const Band<T>& band,
              const T* dy, T* to) {
  using V = Register<T>;
  V sum[Rows] = {};
  const T* from[Rows];
  for (int r = 0; r < Rows; ++r) from[r] = x + offsets[r];
  const int64_t width = band.columns, whole = width / lanes<T> * lanes<T>;
  for (int64_t row = 0; row < band.rows; ++row) {
    V left, right;
    for (int64_t i = 0; i < whole; i += lanes<T>) {
      load(left, dy + i);
#pragma GCC unroll 12
      for (int r = 0; r < Rows; ++r) {
        load(right, from[r] + i);
        sum[r] += left * right;
      }
    }
    if (whole < width) {
      load_first(left, dy + whole, width - whole);
#pragma GCC unroll 12
      for (int r = 0; r < Rows; ++r) {
        load_first(right, from[r] + whole, width - whole);
        sum[r] += left * right;
      }
    }
    dy += s.width.out;
    for (int r = 0; r < Rows; ++r) from[r] += s.buffer.pitch;
  }
  for (int r = 0; r < Rows; ++r) {
    alignas(64) T parts[lanes<T>];
    store(parts, sum[r]);
    for (int half = lanes<T> / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) parts[i] += parts[i + half];
    to[r] += parts[0];
  }
}

template <class T, int... Rows>
WeightFunction<T> few_tile_with_rows(std::integer_sequence<int, Rows...>, int64_t rows) {
  static constexpr WeightFunction<T> table[] = {few_tile<T, Rows + 1>...};
  return table[rows - 1];
}

template <class T>
void weight_few(const Sweep<T>& s, const Band<T>& band, const T* x, const T* dy,
                const WeightSum<T>& w) {
  constexpr auto sizes = std::make_integer_sequence<int, tile_rows>();
  for (int64_t c = 0; c < w.channels; ++c) {
    for (int64_t k = 0; k < s.terms; k += tile_rows) {
      const int64_t rows = s.terms - k < tile_rows ? s.terms - k : tile_rows;
      few_tile_with_rows<T>(sizes, rows)(s, x, s.offsets + k, band, dy + c * s.out_plane(),
                                         w.sum + c * s.terms + k);
    }
  }
}

template <class T>
void run_weight(const Sweep<T>& s, const Band<T>& band, const T* dy, const WeightSum<T>& w,
                T* buffer, T* turned) {
  const T* x = source_of(s, band, buffer);
  w.lanes ? weight_lanes(s, band, x, dy, w, turned) : weight_few(s, band, x, dy, w);
}

}  // namespace

void sweep_limits(SweepLimits& limits) { limits = {tile_rows, register_bytes}; }

void sweep_band(const Sweep<float>& s, const Band<float>& band, const SweepTile<float>* tiles,
                int64_t tile_count, float* buffer, float* y) {
  run_band(s, band, tiles, tile_count, buffer, y);
}
void sweep_band(const Sweep<double>& s, const Band<double>& band, const SweepTile<double>* tiles,
                int64_t tile_count, double* buffer, double* y) {
  run_band(s, band, tiles, tile_count, buffer, y);
}
void sweep_weight(const Sweep<float>& s, const Band<float>& band, const float* dy,
                  const WeightSum<float>& w, float* buffer, float* turned) {
  run_weight(s, band, dy, w, buffer, turned);
}
void sweep_weight(const Sweep<double>& s, const Band<double>& band, const double* dy,
                  const WeightSum<double>& w, double* buffer, double* turned) {
  run_weight(s, band, dy, w, buffer, turned);
}

}  // namespace cinta::kernels::CINTA_SIMD
