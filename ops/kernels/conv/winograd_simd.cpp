// Compiled once per instruction set; see winograd.hpp.

#include <algorithm>
#include <cinta/ops/kernels/conv/winograd.hpp>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/gemm/gemm_tiled.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <utility>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

using std::int64_t;

template <class T>
using Every = std::make_integer_sequence<int, register_lanes<T>>;

// Elements 0, 2, 4 ... of a and b, or 1, 3, 5 ...
template <class T, int first, int... I>
void take_every_second(Register<T>& to, const Register<T>& a, const Register<T>& b,
                       std::integer_sequence<int, I...>) {
  to = __builtin_shufflevector(a, b, (2 * I + first)...);
}

// The elements of a and b in turn, to two vectors.
template <class T, int... I>
void store_in_turn(T* to, const Register<T>& a, const Register<T>& b,
                   std::integer_sequence<int, I...>) {
  constexpr int n = register_lanes<T>;
  store(to, Register<T>(__builtin_shufflevector(a, b, (I / 2 + I % 2 * n)...)));
  store(to + n, Register<T>(__builtin_shufflevector(a, b, ((n + I) / 2 + I % 2 * n)...)));
}

// (a - c, b + c, c - b, b - d)
template <class V>
void turn_inputs(V& a, V& b, V& c, V& d) {
  const V first = a - c, second = b + c, third = c - b;
  d = b - d;
  a = first, b = second, c = third;
}

template <class T>
void copy_elements(T* to, const T* from, int64_t n) {
  copy_row(reinterpret_cast<char*>(to), reinterpret_cast<const char*>(from), n * sizeof(T));
}

// Row y of a plane of `height` rows, or zeros where there is none.
template <class T>
void fill_line(T* line, const T* plane, int64_t y, int64_t height, int64_t width) {
  if (y >= 0 && y < height)
    copy_elements(line, plane + y * width, width);
  else
    std::fill_n(line, width, T(0));
}

// Row r of the squares of a band of a channel, whose first one is `first`: B^T d B at to[i * step],
// i of 16. `lines` has four rows of the input with their zeros, two of which serve the next row
// too.
template <class T>
void turn_row(const Winograd& p, int64_t first, int64_t r, const T* plane, T* lines, T* to,
              int64_t step) {
  const auto line_of = [=](int64_t k) { return lines + (2 * r + k) % 4 * p.row_length; };
  for (int64_t k = r == 0 ? 0 : 2; k < 4; ++k)
    fill_line(line_of(k) + p.before, plane, 2 * (first + r) - p.above + k, p.height, p.width);
  for (int64_t i = 0; i < p.squares; i += register_lanes<T>) {
    Register<T> d[4][4];  // columns 0 to 3 of the squares, side by side
    for (int half = 0; half < 2; ++half) {
      Register<T> low[4], high[4];
      for (int k = 0; k < 4; ++k) {
        const T* const from = line_of(k) + 2 * i + 2 * half;
        load(low[k], from);
        load(high[k], from + register_lanes<T>);
      }
      turn_inputs(low[0], low[1], low[2], low[3]);
      turn_inputs(high[0], high[1], high[2], high[3]);
      for (int k = 0; k < 4; ++k) {
        take_every_second<T, 0>(d[k][2 * half], low[k], high[k], Every<T>());
        take_every_second<T, 1>(d[k][2 * half + 1], low[k], high[k], Every<T>());
      }
    }
    for (int k = 0; k < 4; ++k) {
      turn_inputs(d[k][0], d[k][1], d[k][2], d[k][3]);
      for (int j = 0; j < 4; ++j) store(to + (4 * k + j) * step + i, d[k][j]);
    }
  }
}

// Row r of the squares of a band of a channel of slopes: A dy A^T.
template <class T>
void turn_slopes(const Winograd& p, int64_t first, int64_t r, const T* plane, T* lines, T* to,
                 int64_t step) {
  for (int64_t k = 0; k < 2; ++k)
    fill_line(lines + k * p.row_length, plane, 2 * (first + r) + k, p.rows, p.columns);
  for (int64_t i = 0; i < p.squares; i += register_lanes<T>) {
    Register<T> left[4], right[4];
    for (int k = 0; k < 2; ++k) {
      Register<T> low, high;
      load(low, lines + k * p.row_length + 2 * i);
      load(high, lines + k * p.row_length + 2 * i + register_lanes<T>);
      take_every_second<T, 0>(left[k], low, high, Every<T>());
      take_every_second<T, 1>(right[k], low, high, Every<T>());
    }
    for (auto* side : {&left, &right}) {
      auto& d = *side;
      d[3] = -d[1];
      d[2] = d[0] - d[1];
      d[1] = d[0] + d[1];
    }
    for (int k = 0; k < 4; ++k) {
      store(to + 4 * k * step + i, left[k]);
      store(to + (4 * k + 1) * step + i, Register<T>(left[k] + right[k]));
      store(to + (4 * k + 2) * step + i, Register<T>(left[k] - right[k]));
      store(to + (4 * k + 3) * step + i, Register<T>(-right[k]));
    }
  }
}

// All squares of an output channel: A^T m A + bias, of m at from[i * step], i of 16. Rows of
// results go to above and below, and zeros to `check` unless they are finite.
template <class T>
void turn_back(const Winograd& p, const T* from, int64_t step, T bias, T* above, T* below,
               Register<T>& check) {
  for (int64_t i = 0; i < p.count; i += register_lanes<T>) {
    Register<T> upper[4], lower[4];
    for (int j = 0; j < 4; ++j) {
      Register<T> m[4];
      for (int k = 0; k < 4; ++k) load(m[k], from + (4 * k + j) * step + i);
      upper[j] = m[0] + m[1] + m[2];
      lower[j] = m[1] - m[2] - m[3];
    }
    for (auto* row : {&upper, &lower}) {
      const Register<T> left = (*row)[0] + (*row)[1] + (*row)[2] + bias,
                        right = (*row)[1] - (*row)[2] - (*row)[3] + bias;
      check += (left - left) + (right - right);
      store_in_turn<T>((row == &upper ? above : below) + 2 * i, left, right, Every<T>());
    }
  }
}

// (a, (a + b + c) / 2, (a - b + c) / 2, c) of n numbers each; to[i] is where the i-th goes.
template <class T>
void turn_taps(const T* a, const T* b, const T* c, int64_t n, T* const (&to)[4]) {
  T* __restrict const first = to[0];
  T* __restrict const second = to[1];
  T* __restrict const third = to[2];
  T* __restrict const fourth = to[3];
  for (int64_t i = 0; i < n; ++i) {
    const T ends = (a[i] + c[i]) / 2, middle = b[i] / 2;
    first[i] = a[i];
    second[i] = ends + middle;
    third[i] = ends - middle;
    fourth[i] = c[i];
  }
}

template <class T>
void taps_of(const Winograd& p, const WinogradTaps<T>& taps, int64_t begin, int64_t end, T* to) {
  constexpr int64_t block = 64;  // input channels, side by side
  T own[9][block], rows[4][3][block];
  for (int64_t o = begin; o < end; ++o) {
    for (int64_t start = 0; start < p.in; start += block) {
      const int64_t n = std::min(block, p.in - start);
      for (int64_t i = 0; i < n; ++i) {
        const T* const w = taps.w + o * taps.row + (start + i) * taps.channel;
        for (int k = 0; k < 9; ++k) own[k][i] = w[taps.flipped ? 8 - k : k];
      }
      for (int k = 0; k < 3; ++k)
        turn_taps<T>(own[k], own[3 + k], own[6 + k], n,
                     {rows[0][k], rows[1][k], rows[2][k], rows[3][k]});
      for (int k = 0; k < 4; ++k) {
        const auto place = [&](int j) { return to + ((4 * k + j) * p.out + o) * p.in + start; };
        turn_taps<T>(rows[k][0], rows[k][1], rows[k][2], n,
                     {place(0), place(1), place(2), place(3)});
      }
    }
  }
}

// The inputs of a band, (16, in, pitch), with zeros up to whole vectors.
template <class T>
void turn_band(const Winograd& p, int64_t first, int64_t squares, const T* x, T* lines, T* to) {
  std::fill_n(lines, 4 * p.row_length, T(0));
  for (int64_t c = 0; c < p.in; ++c) {
    for (int64_t r = 0; r < squares; ++r)
      turn_row(p, first, r, x + c * p.height * p.width, lines, to + c * p.pitch + r * p.squares,
               p.in * p.pitch);
    for (int64_t k = 0; k < 16; ++k) {
      T* const own = to + (k * p.in + c) * p.pitch;
      std::fill(own + squares * p.squares, own + p.count, T(0));
    }
  }
}

template <class T>
void run_band(const Winograd& p, int64_t band, const T* x, const T* taps, const T* bias, T* y,
              T* scratch, bool* finite) {
  T *const turned = scratch, *const sums = turned + 16 * p.in * p.pitch,
           *const above = sums + 16 * p.out * p.count, *const below = above + 2 * p.count,
           *const lines = below + 2 * p.count;
  const int64_t first = band * p.band, squares = p.squares_of(band);
  turn_band(p, first, squares, x, lines, turned);
  for (int64_t k = 0; k < 16; ++k) {
    multiply_tiled(Product<T>{.m = p.out,
                              .n = p.count,
                              .k = p.in,
                              .a = taps + k * p.out * p.in,
                              .a_row = p.in,
                              .a_col = 1,
                              .b = turned + k * p.in * p.pitch,
                              .b_row = p.pitch,
                              .b_col = 1,
                              .y = sums + k * p.out * p.count,
                              .y_row = p.count,
                              .accumulate = false});
  }
  Register<T> check = {};
  for (int64_t o = 0; o < p.out; ++o) {
    turn_back(p, sums + o * p.count, p.out * p.count, bias ? bias[o] : T(0), above, below, check);
    for (int64_t r = 0; r < squares; ++r) {
      for (int64_t half = 0; half < 2; ++half) {
        const int64_t row = 2 * (first + r) + half;
        if (row >= p.rows) break;
        copy_elements(y + (o * p.rows + row) * p.columns,
                      (half == 0 ? above : below) + 2 * r * p.squares, p.columns);
      }
    }
  }
  for (int k = 0; k < register_lanes<T>; ++k)
    if (!(check[k] == 0)) *finite = false;
}

template <class T>
void add_weight(const Winograd& p, int64_t band, const T* x, const T* dy, T* sums, T* scratch) {
  T *const turned = scratch, *const slopes = turned + 16 * p.in * p.pitch,
           *const lines = slopes + 16 * p.out * p.pitch;
  const int64_t first = band * p.band, squares = p.squares_of(band);
  turn_band(p, first, squares, x, lines, turned);
  std::fill_n(lines, 2 * p.row_length, T(0));
  for (int64_t o = 0; o < p.out; ++o)
    for (int64_t r = 0; r < squares; ++r)
      turn_slopes(p, first, r, dy + o * p.rows * p.columns, lines,
                  slopes + o * p.pitch + r * p.squares, p.out * p.pitch);
  for (int64_t k = 0; k < 16; ++k) {
    multiply_tiled(Product<T>{.m = p.out,
                              .n = p.in,
                              .k = squares * p.squares,
                              .a = slopes + k * p.out * p.pitch,
                              .a_row = p.pitch,
                              .a_col = 1,
                              .b = turned + k * p.in * p.pitch,
                              .b_row = 1,
                              .b_col = p.pitch,
                              .y = sums + k * p.out * p.in,
                              .y_row = p.in,
                              .accumulate = true});
  }
}

// G^T s G of each pair of channels.
template <class T>
void end_weight(const Winograd& p, const T* sums, T* w, bool* finite) {
  const auto turn = [](const T* s, int64_t step, T* y, int64_t y_step) {
    const T half_sum = (s[step] + s[2 * step]) / 2;
    y[0] = s[0] + half_sum;
    y[y_step] = (s[step] - s[2 * step]) / 2;
    y[2 * y_step] = half_sum + s[3 * step];
  };
  const int64_t pairs = p.out * p.in;
  for (int64_t i = 0; i < pairs; ++i) {
    T rows[3][4];
    for (int k = 0; k < 4; ++k) turn(sums + k * pairs + i, 4 * pairs, &rows[0][k], 4);
    for (int k = 0; k < 3; ++k) turn(rows[k], 1, w + 9 * i + 3 * k, 1);
    for (int k = 0; k < 9; ++k)
      if (!(w[9 * i + k] - w[9 * i + k] == 0)) *finite = false;
  }
}

}  // namespace

void winograd_plan(Winograd& p, int64_t bands, int64_t bytes) {
  constexpr int64_t cache = 1024 * 1024;
  const int64_t width = register_bytes / bytes;
  const auto whole = [width](int64_t n) { return (n + width - 1) / width * width; };
  p.squares = (p.columns + 1) / 2;
  p.row_length = 2 * whole(p.squares) + 2 + width;
  // Rows of squares: as many as stay in the cache, or fewer that fill vectors better.
  const int64_t all = (p.rows + 1) / 2, of_row = 16 * (p.in + p.out) * p.squares * bytes;
  const int64_t most = std::clamp<int64_t>(cache / of_row, 1, (all + bands - 1) / bands);
  const auto vectors = [&](int64_t rows) {
    return (all + rows - 1) / rows * whole(rows * p.squares);
  };
  p.band = most;
  for (int64_t rows = most; rows > most / 2 && rows > 0; --rows)
    if (vectors(rows) < vectors(p.band)) p.band = rows;
  p.count = whole(p.band * p.squares);
  p.pitch = (p.band - 1) * p.squares + whole(p.squares);
  p.pitch = whole(std::max(p.pitch, p.count));
}

void winograd_taps(const Winograd& plan, const WinogradTaps<float>& taps, int64_t begin,
                   int64_t end, float* to) {
  taps_of(plan, taps, begin, end, to);
}
void winograd_taps(const Winograd& plan, const WinogradTaps<double>& taps, int64_t begin,
                   int64_t end, double* to) {
  taps_of(plan, taps, begin, end, to);
}
void winograd_band(const Winograd& plan, int64_t band, const float* x, const float* taps,
                   const float* bias, float* y, float* scratch, bool* finite) {
  run_band(plan, band, x, taps, bias, y, scratch, finite);
}
void winograd_band(const Winograd& plan, int64_t band, const double* x, const double* taps,
                   const double* bias, double* y, double* scratch, bool* finite) {
  run_band(plan, band, x, taps, bias, y, scratch, finite);
}

void winograd_weight_band(const Winograd& plan, int64_t band, const float* x, const float* dy,
                          float* sums, float* scratch) {
  add_weight(plan, band, x, dy, sums, scratch);
}
void winograd_weight_band(const Winograd& plan, int64_t band, const double* x, const double* dy,
                          double* sums, double* scratch) {
  add_weight(plan, band, x, dy, sums, scratch);
}
void winograd_weight_end(const Winograd& plan, const float* sums, float* w, bool* finite) {
  end_weight(plan, sums, w, finite);
}
void winograd_weight_end(const Winograd& plan, const double* sums, double* w, bool* finite) {
  end_weight(plan, sums, w, finite);
}

}  // namespace cinta::kernels::CINTA_SIMD
