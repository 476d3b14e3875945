// Compiled once per instruction set; see pool_rows.hpp.

#include <algorithm>
#include <cinta/ops/kernels/pool/pool_rows.hpp>
#include <cinta/ops/kernels/simd/masked.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstring>
#include <limits>
#include <utility>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

using std::int64_t;

// Calls f(input place of output 0, first, last output) for each tap of a row's windows that lies
// within the input for outputs [first, last).
template <class F>
void for_each_tap(const PoolGeometry& g, const F& f) {
  const int64_t size = g.x[2], stride = g.stride[2];
  for (int64_t k = 0; k < g.kernel[2]; ++k) {
    const int64_t place = k * g.dilation[2] - g.padding[2];
    const int64_t first = place < 0 ? (-place + stride - 1) / stride : 0;
    int64_t last = size - 1 - place < 0 ? 0 : (size - 1 - place) / stride + 1;
    if (last > g.y[2]) last = g.y[2];
    if (first < last) f(place, first, last);
  }
}

// Calls f(row of x) for each row of the input in the windows of row `height` of slice `depth`.
template <class F>
void for_each_row(const PoolGeometry& g, int64_t depth, int64_t height, const F& f) {
  const PoolRange d = pool_range(g, 0, depth), h = pool_range(g, 1, height);
  for (int64_t i = d.begin; i < d.end; i += d.step)
    for (int64_t j = h.begin; j < h.end; j += h.step) f(i * g.x[1] + j);
}

// Calls f with the stride as a constant where that lets vectors be made of it.
template <class F>
void with_stride(int64_t stride, const F& f) {
  struct One {
    constexpr operator int64_t() const { return 1; }
  };
  struct Two {
    constexpr operator int64_t() const { return 2; }
  };
  if (stride == 1)
    f(One());
  else if (stride == 2)
    f(Two());
  else
    f(stride);
}

// ---- Maxima ----

template <class T, int count>
struct VectorOf {
  using type [[gnu::vector_size(count * sizeof(T))]] = T;
};
template <class T, int count>
using Vector = typename VectorOf<T, count>::type;

// Elements 0, 2, 4 ... from `from` on. The second half is taken from a vector that begins one
// early, so that nothing beyond the last element is read.
template <class T, int count, std::size_t... I>
void load_even(Vector<T, count>& to, const T* from, std::index_sequence<I...>) {
  Vector<T, count> low, high;
  std::memcpy(&low, from, sizeof low);
  std::memcpy(&high, from + count - 1, sizeof high);
  to = __builtin_shufflevector(low, high,
                               (I < count / 2 ? int(2 * I) : count + 1 + int(2 * I) - count)...);
}

template <class Place, int count, std::size_t... I>
void store_places(const Vector<Place, count>& place, int64_t* to, std::index_sequence<I...>) {
  constexpr int part = int(sizeof...(I));
  for (int first = 0; first < count; first += part) {
    const Vector<Place, part> some = {place[first + int(I)]...};
    const auto wide = __builtin_convertvector(some, Vector<int64_t, part>);
    std::memcpy(to + first, &wide, sizeof wide);
  }
}

// Windows [i, i + count) of a row of the output, all of whose elements lie within the rows of x;
// `taps` of each in a row, or any number if that is 0. A NaN is passed over, but stays in `sums`.
template <class T, class Place, int count, int stride, int taps>
void max_block(const PoolGeometry& g, const PoolRange& depths, const PoolRange& heights, int64_t i,
               const T* x, T* values, int64_t* indices, Vector<T, count>& sums) {
  const auto place_of = [&](int64_t d, int64_t h) {
    return (d * g.x[1] + h) * g.x[2] + i * stride - g.padding[2];
  };
  Vector<T, count> best = Vector<T, count>{} - std::numeric_limits<T>::infinity(), v;
  Vector<Place, count> steps;
  for (int k = 0; k < count; ++k) steps[k] = Place(k * stride);
  Vector<Place, count> place = steps + Place(place_of(depths.begin, heights.begin));
  for (int64_t d = depths.begin; d < depths.end; d += depths.step) {
    for (int64_t h = heights.begin; h < heights.end; h += heights.step) {
      int64_t at = place_of(d, h);
      for (int64_t k = 0; k < (taps ? taps : g.kernel[2]); ++k, at += g.dilation[2]) {
        if constexpr (stride == 1)
          std::memcpy(&v, x + at, sizeof v);
        else
          load_even<T, count>(v, x + at, std::make_index_sequence<count>());
        const Vector<Place, count> takes = v > best;
        best = takes ? v : best;
        place = takes ? steps + Place(at) : place;
        sums += v;
      }
    }
  }
  std::memcpy(values + i, &best, sizeof best);
  constexpr int part = count < 8 ? count : 8;
  store_places<Place, count>(place, indices + i, std::make_index_sequence<part>());
}

template <class T>
void max_window(const PoolGeometry& g, const PoolRange& depths, const PoolRange& heights, int64_t i,
                const T* x, T* values, int64_t* indices) {
  const PoolRange columns = pool_range(g, 2, i);
  int64_t best = (depths.begin * g.x[1] + heights.begin) * g.x[2] + columns.begin;
  for (int64_t d = depths.begin; d < depths.end; d += depths.step) {
    for (int64_t h = heights.begin; h < heights.end; h += heights.step) {
      for (int64_t w = columns.begin; w < columns.end; w += columns.step) {
        const int64_t at = (d * g.x[1] + h) * g.x[2] + w;
        if (!(x[at] <= x[best]) && x[best] == x[best]) best = at;
      }
    }
  }
  values[i] = x[best];
  indices[i] = best;
}

// Returns whether all is well: if false, there may have been a NaN.
template <class T, class Place, int count, int stride, int taps>
bool max_rows(const PoolGeometry& g, const T* x, T* values, int64_t* indices) {
  Vector<T, count> sums = {};
  // Windows whose columns all exist.
  const int64_t reach = (g.kernel[2] - 1) * g.dilation[2], size = g.y[2];
  const int64_t last = g.x[2] - 1 - reach + g.padding[2];
  const int64_t begin = std::min((g.padding[2] + stride - 1) / stride, size),
                end = last < 0 ? begin : std::max(begin, std::min(size, last / stride + 1));
  for (int64_t depth = 0; depth < g.y[0]; ++depth) {
    for (int64_t height = 0; height < g.y[1]; ++height, values += size, indices += size) {
      const PoolRange depths = pool_range(g, 0, depth), heights = pool_range(g, 1, height);
      const auto window = [&](int64_t i) { max_window(g, depths, heights, i, x, values, indices); };
      const auto block = [&](int64_t i) {
        max_block<T, Place, count, stride, taps>(g, depths, heights, i, x, values, indices, sums);
      };
      for (int64_t i = 0; i < begin; ++i) window(i);
      int64_t i = begin;
      for (; end - begin >= count && i < end; i += count)
        block(std::min(i, end - count));  // some once more
      for (i = std::min(i, end); i < size; ++i) window(i);
    }
  }
  T sum = 0;
  for (int k = 0; k < count; ++k) sum += sums[k];
  return sum == sum;
}

template <class T, class Place, int count, int stride>
bool max_blocks(const PoolGeometry& g, const T* x, T* values, int64_t* indices) {
  if (g.kernel[2] == 2) return max_rows<T, Place, count, stride, 2>(g, x, values, indices);
  if (g.kernel[2] == 3) return max_rows<T, Place, count, stride, 3>(g, x, values, indices);
  return max_rows<T, Place, count, stride, 0>(g, x, values, indices);
}

template <class T, class Place, int stride>
bool max_with_stride(const PoolGeometry& g, const T* x, T* values, int64_t* indices) {
  constexpr int lanes = register_lanes<T>;
  if (lanes >= 16 && g.y[2] < 16 && g.y[2] >= 8)
    return max_blocks<T, Place, lanes / 2, stride>(g, x, values, indices);
  if (g.y[2] < lanes && lanes > 4) return max_blocks<T, Place, 4, stride>(g, x, values, indices);
  return max_blocks<T, Place, lanes, stride>(g, x, values, indices);
}

template <class T, class Place>
void max_plane(const PoolGeometry& g, const T* x, T* values, int64_t* indices) {
  if (g.stride[2] == 1 && max_with_stride<T, Place, 1>(g, x, values, indices)) return;
  if (g.stride[2] == 2 && max_with_stride<T, Place, 2>(g, x, values, indices)) return;
  for (int64_t depth = 0; depth < g.y[0]; ++depth) {
    for (int64_t height = 0; height < g.y[1]; ++height) {
      const PoolRange depths = pool_range(g, 0, depth), heights = pool_range(g, 1, height);
      for (int64_t i = 0; i < g.y[2]; ++i) max_window(g, depths, heights, i, x, values, indices);
      values += g.y[2], indices += g.y[2];
    }
  }
}

// ---- Planes that no cache holds until they are used ----

// Narrow streaming stores take longer than what they spare.
constexpr bool streams = register_bytes >= 32;

// Of whole cache lines.
template <class T>
void stream(const T* from, T* to, int64_t n) {
  using B = xsimd::batch<T>;
  for (int64_t k = 0; k < n; k += int64_t(B::size))
    store_streaming(B::load_aligned(from + k), to + k);
}

template <class T>
void max_in_room(const PoolGeometry& g, const T* x, T* values, int64_t* indices, char* room) {
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, int64_t>;
  if (!room || !streams) return max_plane<T, Place>(g, x, values, indices);
  const int64_t out = g.y[0] * g.y[1] * g.y[2];
  const auto places = reinterpret_cast<int64_t*>(room);
  const auto best = reinterpret_cast<T*>(places + out);
  max_plane<T, Place>(g, x, best, places);
  stream(best, values, out);
  stream(reinterpret_cast<const double*>(places), reinterpret_cast<double*>(indices), out);
}

template <class T>
void put_plane(int64_t in, int64_t out, bool add, const T* x, const int64_t* indices, T* y,
               char* room) {
  const bool apart = room && streams;
  T* const to = apart ? reinterpret_cast<T*>(room) : y;
  std::fill_n(to, out, T(0));
  for (int64_t i = 0; i < in; ++i) {
    T& place = to[indices[i]];
    place = add ? place + x[i] : x[i];
  }
  if (apart) stream(to, y, out);
}

// ---- Means ----

// What counts in the windows of a row, along it.
template <class T>
void count_row(const PoolGeometry& g, const PoolDivisor& divisor, T* counts) {
  for (int64_t i = 0; i < g.y[2]; ++i)
    counts[i] = T(pool_range(g, 2, i, divisor.counts_padding).counted);
}

// The reciprocal of a divisor would be rounded once more: divides.
template <class T>
void divide_row(const PoolGeometry& g, const PoolDivisor& divisor, int64_t depth, int64_t height,
                const T* counts, const T* from, T* to) {
  if (divisor.fixed != 0) {
    const T by = T(divisor.fixed);
    for (int64_t i = 0; i < g.y[2]; ++i) to[i] = from[i] / by;
    return;
  }
  const bool padding = divisor.counts_padding;
  const T rows =
      T(pool_range(g, 0, depth, padding).counted * pool_range(g, 1, height, padding).counted);
  for (int64_t i = 0; i < g.y[2]; ++i) to[i] = from[i] / (rows * counts[i]);
}

template <class T>
void avg_plane(const PoolGeometry& g, const PoolDivisor& divisor, const T* __restrict x,
               T* __restrict y, T* __restrict counts) {
  count_row(g, divisor, counts);
  for (int64_t depth = 0; depth < g.y[0]; ++depth) {
    for (int64_t height = 0; height < g.y[1]; ++height, y += g.y[2]) {
      for (int64_t i = 0; i < g.y[2]; ++i) y[i] = 0;
      for_each_row(g, depth, height, [&](int64_t row) {
        for_each_tap(g, [&](int64_t place, int64_t first, int64_t last) {
          with_stride(g.stride[2], [&](auto stride) {
            const T* __restrict from = x + row * g.x[2] + place;
            for (int64_t i = first; i < last; ++i) y[i] += from[i * stride];
          });
        });
      });
      divide_row(g, divisor, depth, height, counts, y, y);
    }
  }
}

template <class T>
void avg_adjoint_plane(const PoolGeometry& g, const PoolDivisor& divisor, const T* __restrict dy,
                       T* __restrict dx, T* __restrict counts) {
  T* __restrict row_of_dy = counts + g.y[2];
  count_row(g, divisor, counts);
  for (int64_t depth = 0; depth < g.y[0]; ++depth) {
    for (int64_t height = 0; height < g.y[1]; ++height, dy += g.y[2]) {
      divide_row(g, divisor, depth, height, counts, dy, row_of_dy);
      for_each_row(g, depth, height, [&](int64_t row) {
        for_each_tap(g, [&](int64_t place, int64_t first, int64_t last) {
          with_stride(g.stride[2], [&](auto stride) {
            T* __restrict to = dx + row * g.x[2] + place;
            for (int64_t i = first; i < last; ++i) to[i * stride] += row_of_dy[i];
          });
        });
      });
    }
  }
}

}  // namespace

void max_pool_plane(const PoolGeometry& g, const float* x, float* values, int64_t* indices,
                    char* room) {
  max_in_room(g, x, values, indices, room);
}
void max_pool_plane(const PoolGeometry& g, const double* x, double* values, int64_t* indices,
                    char* room) {
  max_in_room(g, x, values, indices, room);
}
void put_in_plane(int64_t in, int64_t out, bool add, const float* x, const int64_t* indices,
                  float* y, char* room) {
  put_plane(in, out, add, x, indices, y, room);
}
void put_in_plane(int64_t in, int64_t out, bool add, const double* x, const int64_t* indices,
                  double* y, char* room) {
  put_plane(in, out, add, x, indices, y, room);
}
void avg_pool_plane(const PoolGeometry& g, const PoolDivisor& divisor, const float* x, float* y,
                    float* rows) {
  avg_plane(g, divisor, x, y, rows);
}
void avg_pool_plane(const PoolGeometry& g, const PoolDivisor& divisor, const double* x, double* y,
                    double* rows) {
  avg_plane(g, divisor, x, y, rows);
}
void avg_pool_adjoint_plane(const PoolGeometry& g, const PoolDivisor& divisor, const float* dy,
                            float* dx, float* rows) {
  avg_adjoint_plane(g, divisor, dy, dx, rows);
}
void avg_pool_adjoint_plane(const PoolGeometry& g, const PoolDivisor& divisor, const double* dy,
                            double* dx, double* rows) {
  avg_adjoint_plane(g, divisor, dy, dx, rows);
}

}  // namespace cinta::kernels::CINTA_SIMD
