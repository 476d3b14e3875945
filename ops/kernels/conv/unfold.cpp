#include <algorithm>
#include <cinta/ops/kernels/conv/unfold.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>

namespace cinta::kernels {
namespace {

using std::int64_t;

// Calls row(element of the columns, element of the plane or -1, first, last output) for each row of
// windows of each tap: those in [first, last) have the elements from there on, `stride` apart.
template <class F>
void for_each_row(const UnfoldGeometry& g, const F& row) {
  int64_t column = 0;
  for (int64_t i = 0; i < g.kernel[0]; ++i) {
    for (int64_t j = 0; j < g.kernel[1]; ++j) {
      const int64_t place = j * g.dilation[1] - g.padding[1], step = g.stride[1];
      const int64_t first = place < 0 ? std::min(g.y[1], (-place + step - 1) / step) : 0;
      const int64_t last = g.x[1] <= place ? 0 : std::min(g.y[1], (g.x[1] - 1 - place) / step + 1);
      for (int64_t o = 0; o < g.y[0]; ++o, column += g.y[1]) {
        const int64_t height = o * g.stride[0] - g.padding[0] + i * g.dilation[0];
        const bool inside = height >= 0 && height < g.x[0] && first < last;
        row(column, height * g.x[1] + place, inside ? first : 0, inside ? last : 0);
      }
    }
  }
}

}  // namespace

void unfold(const UnfoldGeometry& g, const Array& x, const Array& columns) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const int64_t plane = g.x[0] * g.x[1], all = g.kernel[0] * g.kernel[1] * g.y[0] * g.y[1];
    const T* from = x.data<T>();
    T* to = columns.data<T>();
    parallel_for(g.planes, grain_of(all), [=](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        for_each_row(g, [=](int64_t column, int64_t at, int64_t first, int64_t last) {
          T* row = to + p * all + column;
          std::fill(row, row + first, T(0));
          for (int64_t o = first; o < last; ++o) row[o] = from[p * plane + at + o * g.stride[1]];
          std::fill(row + last, row + g.y[1], T(0));
        });
      }
    });
  });
}

void fold(const UnfoldGeometry& g, const Array& columns, const Array& x) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const int64_t plane = g.x[0] * g.x[1], all = g.kernel[0] * g.kernel[1] * g.y[0] * g.y[1];
    const T* from = columns.data<T>();
    T* to = x.data<T>();
    parallel_for(g.planes, grain_of(all), [=](int64_t begin, int64_t end) {
      for (int64_t p = begin; p < end; ++p) {
        std::fill_n(to + p * plane, plane, T(0));
        for_each_row(g, [=](int64_t column, int64_t at, int64_t first, int64_t last) {
          const T* row = from + p * all + column;
          for (int64_t o = first; o < last; ++o) to[p * plane + at + o * g.stride[1]] += row[o];
        });
      }
    });
  });
}

}  // namespace cinta::kernels
