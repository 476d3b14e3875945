#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/pool/pool_rows.hpp>
#include <cinta/ops/kernels/simd/dispatch.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <limits>
#include <type_traits>

namespace cinta::kernels {

CINTA_SIMD_FUNCTION(max_pool_plane,
                    (const PoolGeometry& g, const float* x, float* values, std::int64_t* indices,
                     char* room),
                    (g, x, values, indices, room))
CINTA_SIMD_FUNCTION(max_pool_plane,
                    (const PoolGeometry& g, const double* x, double* values, std::int64_t* indices,
                     char* room),
                    (g, x, values, indices, room))
CINTA_SIMD_FUNCTION(put_in_plane,
                    (std::int64_t in, std::int64_t out, bool add, const float* x,
                     const std::int64_t* indices, float* y, char* room),
                    (in, out, add, x, indices, y, room))
CINTA_SIMD_FUNCTION(put_in_plane,
                    (std::int64_t in, std::int64_t out, bool add, const double* x,
                     const std::int64_t* indices, double* y, char* room),
                    (in, out, add, x, indices, y, room))
CINTA_SIMD_FUNCTION(avg_pool_plane,
                    (const PoolGeometry& g, const PoolDivisor& divisor, const float* x, float* y,
                     float* rows),
                    (g, divisor, x, y, rows))
CINTA_SIMD_FUNCTION(avg_pool_plane,
                    (const PoolGeometry& g, const PoolDivisor& divisor, const double* x, double* y,
                     double* rows),
                    (g, divisor, x, y, rows))
CINTA_SIMD_FUNCTION(avg_pool_adjoint_plane,
                    (const PoolGeometry& g, const PoolDivisor& divisor, const float* dy, float* dx,
                     float* rows),
                    (g, divisor, dy, dx, rows))
CINTA_SIMD_FUNCTION(avg_pool_adjoint_plane,
                    (const PoolGeometry& g, const PoolDivisor& divisor, const double* dy,
                     double* dx, double* rows),
                    (g, divisor, dy, dx, rows))

namespace {

using std::int64_t;

int64_t product(const PoolGeometry::Sizes& sizes) { return sizes[0] * sizes[1] * sizes[2]; }

// Calls f(element of y, d, h, w) with the ranges of each window of a plane.
template <class F>
void for_each_window(const PoolGeometry& g, const F& f) {
  int64_t i = 0;
  for (int64_t d = 0; d < g.y[0]; ++d) {
    for (int64_t h = 0; h < g.y[1]; ++h) {
      for (int64_t w = 0; w < g.y[2]; ++w, ++i)
        f(i, pool_range(g, 0, d), pool_range(g, 1, h), pool_range(g, 2, w));
    }
  }
}

// Calls f(element of x) for each element of a window.
template <class F>
void for_each_element(const PoolGeometry& g, const PoolRange& d, const PoolRange& h,
                      const PoolRange& w, const F& f) {
  for (int64_t i = d.begin; i < d.end; i += d.step)
    for (int64_t j = h.begin; j < h.end; j += h.step)
      for (int64_t k = w.begin; k < w.end; k += w.step) f((i * g.x[1] + j) * g.x[2] + k);
}

// Runs f(number of a plane) for all planes.
template <class F>
void for_each_plane(const PoolGeometry& g, const F& f) {
  parallel_for(g.planes, grain_of(product(g.x)), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i);
  });
}

template <class T>
void largest_of_window(const PoolGeometry& g, const PoolRange& d, const PoolRange& h,
                       const PoolRange& w, const T* x, T* value, int64_t* index) {
  int64_t best = (d.begin * g.x[1] + h.begin) * g.x[2] + w.begin;
  for_each_element(g, d, h, w, [&](int64_t at) {
    if (!(x[at] <= x[best]) && x[best] == x[best]) best = at;
  });
  *value = x[best];
  *index = best;
}

template <class T>
void max_of(const PoolGeometry& g, const T* x, T* values, int64_t* indices) {
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, int64_t>;
  const int64_t in = product(g.x), out = product(g.y);
  if (!g.adaptive && in <= std::numeric_limits<Place>::max()) {
    const int64_t value = int64_t(sizeof(T)), place = int64_t(sizeof(int64_t)),
                  bytes = g.planes * out * (value + place);
    const bool streams = is_worth_streaming(values, out * value, bytes) &&
                         is_worth_streaming(indices, out * place, bytes);
    return parallel_for(g.planes, grain_of(in), [=](int64_t begin, int64_t end) {
      Scratch room(streams ? std::size_t(out * (value + place)) : 0);
      for (int64_t i = begin; i < end; ++i)
        max_pool_plane(g, x + i * in, values + i * out, indices + i * out,
                       streams ? room.memory() : nullptr);
      if (streams) finish_streaming();
    });
  }
  for_each_plane(g, [=](int64_t plane) {
    const T* from = x + plane * in;
    for_each_window(g, [=](int64_t i, const PoolRange& d, const PoolRange& h, const PoolRange& w) {
      largest_of_window(g, d, h, w, from, values + plane * out + i, indices + plane * out + i);
    });
  });
}

}  // namespace

void max_pool(const PoolGeometry& g, const Array& x, const Array& values, const Array& indices) {
  dispatch_floating(x.dtype, [&]<class T>() {
    max_of(g, x.data<T>(), values.data<T>(), indices.data<int64_t>());
  });
}

void fractional_max_pool(const PoolGeometry& g, const Array& samples, const Array& x,
                         const Array& values, const Array& indices) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const int64_t in = product(g.x), out = product(g.y);
    const int64_t axes = samples.numel() / std::max<int64_t>(1, g.planes);
    const T *const from = x.data<T>(), *const drawn = samples.data<T>();
    T* const to = values.data<T>();
    int64_t* const places = indices.data<int64_t>();
    for_each_plane(g, [=](int64_t plane) {
      const auto range = [&](int axis, int64_t o) -> PoolRange {
        const auto a = std::size_t(axis);
        int64_t begin = g.x[a] - g.kernel[a];
        if (o + 1 < g.y[a]) {
          const int64_t place = axes == 2 ? 2 - axis : axis - (3 - axes);
          const T u = drawn[plane * axes + place], step = T(begin) / T(g.y[a] - 1);
          begin = std::min(begin, int64_t((T(o) + u) * step) - int64_t(u * step));
        }
        return {begin, begin + g.kernel[a], 1, g.kernel[a]};
      };
      int64_t i = plane * out;
      for (int64_t d = 0; d < g.y[0]; ++d)
        for (int64_t h = 0; h < g.y[1]; ++h)
          for (int64_t w = 0; w < g.y[2]; ++w, ++i)
            largest_of_window(g, range(0, d), range(1, h), range(2, w), from + plane * in, to + i,
                              places + i);
    });
  });
}

void avg_pool(const PoolGeometry& g, const PoolDivisor& divisor, const Array& x, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const int64_t in = product(g.x), out = product(g.y);
    const T* from = x.data<T>();
    T* to = y.data<T>();
    for_each_plane(g, [=](int64_t plane) {
      const T* of_x = from + plane * in;
      T* of_y = to + plane * out;
      if (!g.adaptive) {
        Scratch rows(std::size_t(2 * g.y[2]) * sizeof(T));
        return avg_pool_plane(g, divisor, of_x, of_y, reinterpret_cast<T*>(rows.memory()));
      }
      for_each_window(
          g, [=](int64_t i, const PoolRange& d, const PoolRange& h, const PoolRange& w) {
            double sum = 0;  // windows may be large
            for_each_element(g, d, h, w, [&](int64_t at) { sum += double(of_x[at]); });
            of_y[i] = T(sum / (double(d.counted) * double(h.counted) * double(w.counted)));
          });
    });
  });
}

void avg_pool_adjoint(const PoolGeometry& g, const PoolDivisor& divisor, const Array& dy,
                      const Array& dx) {
  dispatch_floating(dx.dtype, [&]<class T>() {
    const int64_t in = product(g.x), out = product(g.y);
    const T* from = dy.data<T>();
    T* to = dx.data<T>();
    for_each_plane(g, [=](int64_t plane) {
      const T* of_dy = from + plane * out;
      T* of_dx = to + plane * in;
      std::fill_n(of_dx, in, T(0));
      if (!g.adaptive) {
        Scratch rows(std::size_t(2 * g.y[2]) * sizeof(T));
        return avg_pool_adjoint_plane(g, divisor, of_dy, of_dx,
                                      reinterpret_cast<T*>(rows.memory()));
      }
      for_each_window(
          g, [=](int64_t i, const PoolRange& d, const PoolRange& h, const PoolRange& w) {
            const T share =
                T(double(of_dy[i]) / (double(d.counted) * double(h.counted) * double(w.counted)));
            for_each_element(g, d, h, w, [&](int64_t at) { of_dx[at] += share; });
          });
    });
  });
}

void put_in_planes(int64_t planes, bool add, const Array& x, const Array& indices, const Array& y) {
  if (planes == 0) return;
  dispatch_floating(y.dtype, [&]<class T>() {
    const int64_t in = x.numel() / planes, out = y.numel() / planes;
    const T* from = x.data<T>();
    const int64_t* where = indices.data<int64_t>();
    T* to = y.data<T>();
    const int64_t bytes = out * int64_t(sizeof(T));
    const bool streams = is_worth_streaming(to, bytes, bytes * planes);
    parallel_for(planes, grain_of(in + out), [=](int64_t begin, int64_t end) {
      Scratch room(streams ? std::size_t(bytes) : 0);
      // One plane at a time, which is still in a cache when it is added to.
      for (int64_t plane = begin; plane < end; ++plane) {
        put_in_plane(in, out, add, from + plane * in, where + plane * in, to + plane * out,
                     streams ? room.memory() : nullptr);
      }
      if (streams) finish_streaming();
    });
  });
}

void take_from_planes(int64_t planes, bool all, const Array& y, const Array& indices,
                      const Array& x) {
  if (planes == 0) return;
  dispatch_floating(x.dtype, [&]<class T>() {
    const int64_t in = x.numel() / planes, out = y.numel() / planes;
    const T* from = y.data<T>();
    const int64_t* where = indices.data<int64_t>();
    T* to = x.data<T>();
    parallel_for(planes, grain_of(in + out), [=](int64_t begin, int64_t end) {
      Scratch memory(all ? 0 : std::size_t(out));
      for (int64_t plane = begin; plane < end; ++plane) {
        char* taken = memory.memory();
        if (!all) std::fill_n(taken, out, char(0));
        for (int64_t i = (plane + 1) * in - 1; i >= plane * in; --i) {
          const int64_t at = where[i];
          to[i] = all || !taken[at] ? from[plane * out + at] : T(0);
          if (!all) taken[at] = 1;
        }
      }
    });
  });
}

}  // namespace cinta::kernels
