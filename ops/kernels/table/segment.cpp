#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/table/segment.hpp>
#include <limits>

namespace cinta::kernels {

void segment_extreme(bool largest, const Array& x, const Array& ids, const Array& y) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  fill(y, largest ? -infinity : infinity);
  const std::int64_t n = ids.numel(), rows = y.shape[0];
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t width = x.numel() / n;
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    // Threads have rows of the result: each looks at all ids.
    const std::int64_t share = x.numel() < grain ? rows : 1;
    parallel_for(rows, share, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = 0; i < n; ++i) {
        if (id[i] < begin || id[i] >= end) continue;
        T* const row = to + id[i] * width;
        const T* const v = from + i * width;
        if (largest)
          for (std::int64_t k = 0; k < width; ++k)
            row[k] = v[k] > row[k] || v[k] != v[k] ? v[k] : row[k];
        else
          for (std::int64_t k = 0; k < width; ++k)
            row[k] = v[k] < row[k] || v[k] != v[k] ? v[k] : row[k];
      }
    });
  });
}

}  // namespace cinta::kernels
