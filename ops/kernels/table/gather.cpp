#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cstring>

namespace cinta::kernels {
namespace {

constexpr std::int64_t grain_bytes = 256 * 1024;

std::int64_t grain_of_rows(std::int64_t row_bytes) {
  return std::max<std::int64_t>(1, grain_bytes / std::max<std::int64_t>(row_bytes, 1));
}

}  // namespace

std::int64_t find_out_of_range(const Array& ids, std::int64_t count) {
  const std::int64_t* id = ids.data<std::int64_t>();
  const std::int64_t n = ids.numel();
  for (std::int64_t i = 0; i < n; ++i)
    if (std::uint64_t(id[i]) >= std::uint64_t(count)) return i;  // negative ids wrap above it
  return -1;
}

void gather_rows(const Array& table, const Array& ids, std::int64_t skip, const Array& y) {
  const std::int64_t n = ids.numel();
  if (n == 0 || y.numel() == 0) return;
  const std::int64_t bytes = y.numel() / n * std::int64_t(size_of(y.dtype));
  const std::int64_t* id = ids.data<std::int64_t>();
  const char* from = table.data<char>();
  char* to = y.data<char>();
  parallel_for(n, grain_of_rows(bytes), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      if (i + prefetch_ahead < end) prefetch(from + id[i + prefetch_ahead] * bytes, bytes);
      if (id[i] == skip)
        std::memset(to + i * bytes, 0, std::size_t(bytes));
      else
        copy_row(to + i * bytes, from + id[i] * bytes, bytes);
    }
  });
}

void scatter_add_rows(const Array& x, const Array& ids, std::int64_t skip, const Array& table) {
  const std::int64_t n = ids.numel(), rows = table.shape[0];
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t width = x.numel() / n;
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(table.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = table.data<T>();
    const bool fetch = rows * width * std::int64_t(sizeof(T)) > grain_bytes;  // else it is near
    // For ids of [begin, end), columns [first, last).
    const auto add = [=](std::int64_t begin, std::int64_t end, std::int64_t first,
                         std::int64_t last) {
      const auto wanted = [=](std::int64_t row) {
        return row >= begin && row < end && row != skip;
      };
      for (std::int64_t i = 0; i < n; ++i) {
        if (fetch && i + prefetch_ahead < n && wanted(id[i + prefetch_ahead])) {
          prefetch(to + id[i + prefetch_ahead] * width + first,
                   (last - first) * std::int64_t(sizeof(T)));
        }
        if (!wanted(id[i])) continue;
        T* row = to + id[i] * width;
        for (std::int64_t k = first; k < last; ++k) row[k] += from[i * width + k];
      }
    };
    // Threads share out the columns of wide rows and the rows of the table otherwise; in both
    // cases an element belongs to one thread, which adds to it in the order of i.
    if (n * width * std::int64_t(sizeof(T)) < grain_bytes) {
      add(0, rows, 0, width);
    } else if (width >= 256) {
      parallel_for(width, 64,
                   [=](std::int64_t begin, std::int64_t end) { add(0, rows, begin, end); });
    } else {
      parallel_for(rows, 1,
                   [=](std::int64_t begin, std::int64_t end) { add(begin, end, 0, width); });
    }
  });
}

}  // namespace cinta::kernels
