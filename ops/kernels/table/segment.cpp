#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/table/rows_by_id.hpp>
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
    const RowsById<T> all{id, n, rows, width, x.data<T>()};
    T* const to = y.data<T>();
    const auto for_rows = [&](const auto& wins) {
      for_each_id(
          all, [=](std::int64_t k) { return to + k * width; },
          [=](T* row, const T* v) {
            for (std::int64_t k = 0; k < width; ++k)
              row[k] = wins(v[k], row[k]) || v[k] != v[k] ? v[k] : row[k];
          });
    };
    if (largest)
      for_rows([](T a, T b) { return a > b; });
    else
      for_rows([](T a, T b) { return a < b; });
  });
}

}  // namespace cinta::kernels
