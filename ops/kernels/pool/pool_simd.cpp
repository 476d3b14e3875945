// Compiled once per instruction set; see pool_rows.hpp.

#include <cinta/ops/kernels/pool/pool_rows.hpp>
#include <limits>

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

template <class T, class Place>
void max_plane(const PoolGeometry& g, const T* __restrict x, T* __restrict values,
               int64_t* __restrict indices, Place* __restrict places) {
  const int64_t count = g.y[2];
  for (int64_t depth = 0; depth < g.y[0]; ++depth) {
    for (int64_t height = 0; height < g.y[1]; ++height, values += count, indices += count) {
      const int64_t first_row =
          pool_range(g, 0, depth).begin * g.x[1] + pool_range(g, 1, height).begin;
      for (int64_t i = 0; i < count; ++i) {
        values[i] = -std::numeric_limits<T>::infinity();
        places[i] = Place(first_row * g.x[2] + pool_range(g, 2, i).begin);
      }
      for_each_row(g, depth, height, [&](int64_t row) {
        for_each_tap(g, [&](int64_t place, int64_t first, int64_t last) {
          with_stride(g.stride[2], [&](auto stride) {
            const T* __restrict from = x + row * g.x[2] + place;
            const Place start = Place(row * g.x[2] + place);
            for (int64_t i = first; i < last; ++i) {
              const T v = from[i * stride], best = values[i];
              const bool takes = !(v <= best) & (best == best);
              values[i] = takes ? v : best;
              places[i] = takes ? Place(start + Place(i) * Place(stride)) : places[i];
            }
          });
        });
      });
      for (int64_t i = 0; i < count; ++i) indices[i] = places[i];
    }
  }
}

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
                    std::int32_t* places) {
  max_plane(g, x, values, indices, places);
}
void max_pool_plane(const PoolGeometry& g, const double* x, double* values, int64_t* indices,
                    int64_t* places) {
  max_plane(g, x, values, indices, places);
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
