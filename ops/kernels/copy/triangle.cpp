#include <algorithm>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/copy/triangle.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cstring>

namespace cinta::kernels {

void copy_triangle(const Array& x, bool lower, std::int64_t offset, const Array& y) {
  const int rank = y.shape.rank();
  const std::int64_t rows = y.shape[rank - 2], columns = y.shape[rank - 1];
  if (y.numel() == 0) return;
  const std::int64_t size = std::int64_t(size_of(y.dtype));
  const char* from = x.data<char>();
  char* to = y.data<char>();
  offset = std::clamp(offset, -rows, columns);
  parallel_for(y.numel() / columns, grain_of(columns), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      // The columns that are kept.
      const std::int64_t diagonal = i % rows + offset;
      const std::int64_t edge = std::clamp<std::int64_t>(diagonal + lower, 0, columns);
      const std::int64_t first = lower ? 0 : edge, last = lower ? edge : columns;
      const char* const source = from + i * columns * size;
      char* const row = to + i * columns * size;
      std::memset(row, 0, std::size_t(first * size));
      copy_row(row + first * size, source + first * size, (last - first) * size);
      std::memset(row + last * size, 0, std::size_t((columns - last) * size));
    }
  });
}

}  // namespace cinta::kernels
