// Compiled once per instruction set; see gemm_tiled.hpp.

#include <algorithm>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cinta/ops/kernels/gemm/tile.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cstring>
#include <utility>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

template <class T>
inline constexpr int lanes = register_lanes<T>;

// One tile: `Rows` rows of a times a panel of b with `Columns` vectors a row. Of the result,
// `width` columns are written.
template <class T, int Rows, int Columns>
void multiply_tile(const Product<T>& p, const T* a, const T* b, std::int64_t b_row, T* y,
                   std::int64_t width) {
  using V = Register<T>;
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

// As many columns of a transposed b as a register has lanes at a time, in squares turned over.
template <class T>
[[gnu::flatten]] void pack_transposed(const Product<T>& p, const T* b, std::int64_t width, T* panel,
                                      std::int64_t padded) {
  constexpr int n = lanes<T>;
  for (std::int64_t j = 0; j < width; j += n) {
    const T* from = b + j * p.b_col;
    std::int64_t i = 0;
    for (; i + n <= p.k; i += n) {
      Register<T> rows[n];
      for (int c = 0; c < n; ++c) load(rows[c], from + i + c * p.b_col);
      turn_over<T>(rows);
      for (int r = 0; r < n; ++r) store(panel + (i + r) * padded + j, rows[r]);
    }
    for (; i < p.k; ++i)
      for (int c = 0; c < n; ++c) panel[i * padded + j + c] = from[i + c * p.b_col];
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
        Register<T> vector;
        load(vector, b + i * p.b_row + j);
        store(panel + i * padded + j, vector);
      }
    }
    return;
  }
  std::int64_t done = 0;
  if (p.b_row == 1) pack_transposed(p, b, done = width / lanes<T> * lanes<T>, panel, padded);
  for (std::int64_t i = 0; i < p.k; ++i) {
    for (std::int64_t j = done; j < width; ++j)
      panel[i * padded + j] = b[i * p.b_row + j * p.b_col];
    for (std::int64_t j = width; j < padded; ++j) panel[i * padded + j] = 0;
  }
}

// Rows of a as high as a tile, column by column: one after the other, they are read in the order of
// memory. There is room for a vector behind the last.
template <class T>
[[gnu::flatten]] void pack_strip(const Product<T>& p, const T* a, int rows, T* to) {
  constexpr int n = lanes<T>;
  std::int64_t i = 0;
  if constexpr (tile_rows <= n) {
    if (p.a_row == 1 && rows == tile_rows) {
      for (; i < p.k; ++i) std::memcpy(to + i * rows, a + i * p.a_col, tile_rows * sizeof(T));
      return;
    }
    if (p.a_col == 1 && rows == tile_rows) {
      for (; i + n <= p.k; i += n) {
        Register<T> square[n] = {};
        for (int r = 0; r < tile_rows; ++r) load(square[r], a + i + r * p.a_row);
        turn_over<T>(square);
        // What each writes behind its rows, the next one overwrites.
        for (int c = 0; c < n; ++c) store(to + (i + c) * rows, square[c]);
      }
    }
  }
  for (; i < p.k; ++i)
    for (int r = 0; r < rows; ++r) to[i * rows + r] = a[r * p.a_row + i * p.a_col];
}

// Columns [j, j + width) of y, where b has no more rows than a panel; `strips` of a, or null.
template <class T>
void multiply_panel(const Product<T>& p, std::int64_t j, std::int64_t width, T* panel,
                    const T* strips) {
  const int columns = width <= lanes<T> ? 1 : 2;
  const T* b = p.b + j;
  std::int64_t b_row = p.b_row;
  const std::int64_t padded = columns * lanes<T>;
  // A panel that many tiles read is copied even if it need not be, unless it is dense: rows that
  // lie a power of two apart would push each other out of the cache.
  if (p.b_col != 1 || width != padded || (p.m > 8 * tile_rows && b_row != padded)) {
    b_row = padded;
    pack(p, j, width, panel, b_row);
    b = panel;
  }
  for (std::int64_t i = 0; i < p.m; i += tile_rows) {
    const int rows = p.m - i < tile_rows ? int(p.m - i) : tile_rows;
    constexpr auto sizes = std::make_integer_sequence<int, tile_rows>();
    const TileFunction<T> tile =
        columns == 1 ? tile_with_rows<T, 1>(sizes, rows) : tile_with_rows<T, 2>(sizes, rows);
    if (!strips) {
      tile(p, p.a + i * p.a_row, b, b_row, p.y + i * p.y_row + j, width);
      continue;
    }
    Product<T> q = p;
    q.a_row = 1;
    q.a_col = rows;
    tile(q, strips + i * p.k, b, b_row, p.y + i * p.y_row + j, width);
  }
}

template <class T>
void multiply(const Product<T>& whole) {
  constexpr std::int64_t wide = tile_columns<T>, deep = 384;
  alignas(64) T panel[deep * wide];
  Product<T> p = whole;
  const bool arranges = arranges_left(whole);
  const std::int64_t room = arranges ? whole.m * std::min(whole.k, deep) + lanes<T> : 0;
  Scratch memory(std::size_t(room) * sizeof(T));
  T* const strips = arranges ? reinterpret_cast<T*>(memory.memory()) : nullptr;
  for (std::int64_t done = 0; done == 0 || done < whole.k; done += deep) {
    p.k = whole.k - done < deep ? whole.k - done : deep;
    for (std::int64_t i = 0; strips && i < p.m; i += tile_rows) {
      const int rows = int(std::min<std::int64_t>(tile_rows, p.m - i));
      pack_strip(p, p.a + i * p.a_row, rows, strips + i * p.k);
    }
    for (std::int64_t j = 0; j < p.n; j += wide)
      multiply_panel(p, j, p.n - j < wide ? p.n - j : wide, panel, strips);
    p.a += deep * p.a_col;
    p.b += deep * p.b_row;
    p.accumulate = true;
  }
}

}  // namespace

void multiply_tiled(const Product<float>& product) { multiply(product); }
void multiply_tiled(const Product<double>& product) { multiply(product); }

}  // namespace cinta::kernels::CINTA_SIMD
