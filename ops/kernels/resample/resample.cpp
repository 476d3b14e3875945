#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/resample/resample.hpp>

namespace cinta::kernels {
namespace {

using std::int64_t;

// Runs f(first element of x, of y) for each of the outer parts.
template <class F>
void for_each_part(const ResampleTable& table, int64_t outer, int64_t inner, const F& f) {
  const int64_t in = table.in * inner, out = table.out * inner;
  parallel_for(outer, grain_of(in + out), [=](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) f(i * in, i * out);
  });
}

}  // namespace

void resample(const ResampleTable& table, int64_t outer, int64_t inner, const Array& x,
              const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    const int64_t* indices = table.indices.data();
    const double* weights = table.weights.data();
    const int64_t out = table.out, taps = table.taps;
    for_each_part(table, outer, inner, [=](int64_t x_begin, int64_t y_begin) {
      for (int64_t o = 0; o < out; ++o) {
        T* row = to + y_begin + o * inner;
        bool first = true;
        for (int64_t k = o * taps; k < (o + 1) * taps; ++k) {
          const T weight = T(weights[k]);
          if (weight == 0) continue;
          const T* term = from + x_begin + indices[k] * inner;
          if (first)
            for (int64_t i = 0; i < inner; ++i) row[i] = weight * term[i];
          else
            for (int64_t i = 0; i < inner; ++i) row[i] += weight * term[i];
          first = false;
        }
        if (first) std::fill_n(row, inner, T(0));
      }
    });
  });
}

void resample_adjoint(const ResampleTable& table, int64_t outer, int64_t inner, const Array& dy,
                      const Array& dx) {
  dispatch_floating(dx.dtype, [&]<class T>() {
    const T* from = dy.data<T>();
    T* to = dx.data<T>();
    const int64_t* indices = table.indices.data();
    const double* weights = table.weights.data();
    const int64_t in = table.in, out = table.out, taps = table.taps;
    for_each_part(table, outer, inner, [=](int64_t x_begin, int64_t y_begin) {
      std::fill_n(to + x_begin, in * inner, T(0));
      for (int64_t o = 0; o < out; ++o) {
        const T* row = from + y_begin + o * inner;
        for (int64_t k = o * taps; k < (o + 1) * taps; ++k) {
          const T weight = T(weights[k]);
          if (weight == 0) continue;
          T* term = to + x_begin + indices[k] * inner;
          for (int64_t i = 0; i < inner; ++i) term[i] += weight * row[i];
        }
      }
    });
  });
}

}  // namespace cinta::kernels
