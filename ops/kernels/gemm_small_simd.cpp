// Compiled once per instruction set; see gemm_small.hpp.

#include <cinta/ops/kernels/gemm_small.hpp>
#include <cstring>
#include <utility>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

// Vectors of this many bytes, and tiles of y with this many rows and two vectors a row: as large
// as the registers allow.
#if defined(__AVX512F__)
constexpr int vector_bytes = 64, tile_rows = 12;
#elif defined(__AVX__)
constexpr int vector_bytes = 32, tile_rows = 6;
#else
constexpr int vector_bytes = 16, tile_rows = 6;
#endif

template <class T>
struct Vector {
  typedef T type __attribute__((vector_size(vector_bytes)));
  typedef T four __attribute__((vector_size(4 * sizeof(T))));
};
template <class T>
constexpr int lanes = vector_bytes / int(sizeof(T));

// Through references, since how a wide vector is returned depends on compiler flags.
template <class V, class T>
void load(V& vector, const T* from) {
  std::memcpy(&vector, from, sizeof vector);
}
template <class V, class T>
void store(T* to, const V& vector) {
  std::memcpy(to, &vector, sizeof vector);
}

// One tile: `Rows` rows of a times a panel of b with `Columns` vectors a row. Of the result,
// `width` columns are written.
template <class T, int Rows, int Columns>
void multiply_tile(const Product<T>& p, const T* a, const T* b, std::int64_t b_row, T* y,
                   std::int64_t width) {
  using V = typename Vector<T>::type;
  V sum[Rows][Columns] = {};
  for (std::int64_t i = 0; i < p.k; ++i) {
    V row[Columns];
#pragma GCC unroll 2
    for (int c = 0; c < Columns; ++c) load(row[c], b + c * lanes<T>);
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
      const T factor = a[r * p.a_row];
#pragma GCC unroll 2
      for (int c = 0; c < Columns; ++c) sum[r][c] += factor * row[c];
    }
    a += p.a_col;
    b += b_row;
  }
  if (width == Columns * lanes<T>) {
#pragma GCC unroll 12
    for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 2
      for (int c = 0; c < Columns; ++c) {
        T* to = y + r * p.y_row + c * lanes<T>;
        V before = {};
        if (p.accumulate) load(before, to);
        store(to, p.accumulate ? before + sum[r][c] : sum[r][c]);
      }
    }
    return;
  }
  T rows[Rows][Columns * lanes<T>];
  std::memcpy(rows, sum, sizeof rows);
  for (int r = 0; r < Rows; ++r) {
    for (std::int64_t j = 0; j < width; ++j) {
      T& to = y[r * p.y_row + j];
      to = p.accumulate ? to + rows[r][j] : rows[r][j];
    }
  }
}

template <class T>
using TileFunction = void (*)(const Product<T>&, const T*, const T*, std::int64_t, T*,
                              std::int64_t);

template <class T, int Columns, int... Rows>
TileFunction<T> tile_with_rows(std::integer_sequence<int, Rows...>, int rows) {
  static constexpr TileFunction<T> table[] = {multiply_tile<T, Rows + 1, Columns>...};
  return table[rows - 1];
}

// Four columns of a transposed b at a time: blocks of 4 x 4 are turned in registers.
template <class T>
void pack_transposed(const Product<T>& p, const T* b, std::int64_t width, T* panel,
                     std::int64_t padded) {
  using Four = typename Vector<T>::four;
  for (std::int64_t j = 0; j < width; j += 4) {
    const T* from = b + j * p.b_col;
    std::int64_t i = 0;
    for (; i + 4 <= p.k; i += 4) {
      Four c0, c1, c2, c3;
      load(c0, from + i);
      load(c1, from + i + p.b_col);
      load(c2, from + i + 2 * p.b_col);
      load(c3, from + i + 3 * p.b_col);
      const Four low01 = __builtin_shufflevector(c0, c1, 0, 4, 1, 5),
                 low23 = __builtin_shufflevector(c2, c3, 0, 4, 1, 5),
                 high01 = __builtin_shufflevector(c0, c1, 2, 6, 3, 7),
                 high23 = __builtin_shufflevector(c2, c3, 2, 6, 3, 7);
      T* to = panel + i * padded + j;
      store(to, __builtin_shufflevector(low01, low23, 0, 1, 4, 5));
      store(to + padded, __builtin_shufflevector(low01, low23, 2, 3, 6, 7));
      store(to + 2 * padded, __builtin_shufflevector(high01, high23, 0, 1, 4, 5));
      store(to + 3 * padded, __builtin_shufflevector(high01, high23, 2, 3, 6, 7));
    }
    for (; i < p.k; ++i)
      for (int c = 0; c < 4; ++c) panel[i * padded + j + c] = from[i + c * p.b_col];
  }
}

// Copies `width` columns of b, row by row, padded with zeros to `padded` columns.
template <class T>
void pack(const Product<T>& p, std::int64_t column, std::int64_t width, T* panel,
          std::int64_t padded) {
  const T* b = p.b + column * p.b_col;
  if (p.b_col == 1 && width == padded) {
    for (std::int64_t i = 0; i < p.k; ++i) {
      for (std::int64_t j = 0; j < padded; j += lanes<T>) {
        typename Vector<T>::type vector;
        load(vector, b + i * p.b_row + j);
        store(panel + i * padded + j, vector);
      }
    }
    return;
  }
  std::int64_t done = 0;
  if constexpr (4 * sizeof(T) <= vector_bytes) {
    if (p.b_row == 1) pack_transposed(p, b, done = width / 4 * 4, panel, padded);
  }
  for (std::int64_t i = 0; i < p.k; ++i) {
    for (std::int64_t j = done; j < width; ++j)
      panel[i * padded + j] = b[i * p.b_row + j * p.b_col];
    for (std::int64_t j = width; j < padded; ++j) panel[i * padded + j] = 0;
  }
}

// Columns [j, j + width) of y, where b has no more rows than a panel.
template <class T>
void multiply_panel(const Product<T>& p, std::int64_t j, std::int64_t width, T* panel) {
  const int columns = width <= lanes<T> ? 1 : 2;
  const T* b = p.b + j;
  std::int64_t b_row = p.b_row;
  // A panel that many tiles read is copied even if it need not be: rows that lie a power of two
  // apart would push each other out of the cache.
  if (p.b_col != 1 || width != columns * lanes<T> || p.m > 8 * tile_rows) {
    b_row = columns * lanes<T>;
    pack(p, j, width, panel, b_row);
    b = panel;
  }
  for (std::int64_t i = 0; i < p.m; i += tile_rows) {
    const int rows = p.m - i < tile_rows ? int(p.m - i) : tile_rows;
    constexpr auto sizes = std::make_integer_sequence<int, tile_rows>();
    const TileFunction<T> tile =
        columns == 1 ? tile_with_rows<T, 1>(sizes, rows) : tile_with_rows<T, 2>(sizes, rows);
    tile(p, p.a + i * p.a_row, b, b_row, p.y + i * p.y_row + j, width);
  }
}

template <class T>
void multiply(const Product<T>& whole) {
  constexpr std::int64_t wide = 2 * lanes<T>, deep = 256;
  alignas(64) T panel[deep * wide];
  Product<T> p = whole;
  for (std::int64_t done = 0; done == 0 || done < whole.k; done += deep) {
    p.k = whole.k - done < deep ? whole.k - done : deep;
    for (std::int64_t j = 0; j < p.n; j += wide)
      multiply_panel(p, j, p.n - j < wide ? p.n - j : wide, panel);
    p.a += deep * p.a_col;
    p.b += deep * p.b_row;
    p.accumulate = true;
  }
}

}  // namespace

void multiply_small(const Product<float>& product) { multiply(product); }
void multiply_small(const Product<double>& product) { multiply(product); }

}  // namespace cinta::kernels::CINTA_SIMD
