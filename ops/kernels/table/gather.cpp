#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/any_negative.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
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
  // Negative if the id is, or what is left of the count behind it.
  const auto room = [=](std::int64_t i) {
    return id[i] | std::int64_t(std::uint64_t(count) - 1 - std::uint64_t(id[i]));
  };
  if (!any_negative(n, room)) return -1;
  std::int64_t i = 0;
  while (room(i) >= 0) ++i;
  return i;
}

void flat_ids(const Array& ids, const Shape& from, int axis, const Array& y) {
  const int last = y.shape.rank() - 1;
  const std::int64_t width = y.shape[last];
  if (y.numel() == 0) return;
  Shape rows = y.shape;
  rows[last] = 1;
  Strides steps = contiguous_strides(from);
  const std::int64_t step = steps[axis], along = axis == last ? 0 : 1;
  steps[axis] = 0;
  const std::int64_t* id = ids.data<std::int64_t>();
  std::int64_t* to = y.data<std::int64_t>();
  parallel_for(rows.numel(), grain_of(width), [=](std::int64_t begin, std::int64_t end) {
    StridedIndex place(rows, steps, begin);
    for (std::int64_t row = begin; row < end; ++row, place.next()) {
      const std::int64_t offset = place.offset();
      for (std::int64_t i = row * width, k = 0; k < width; ++i, ++k)
        to[i] = id[i] * step + offset + k * along;
    }
  });
}

namespace {

// copy(to, from) copies a row.
template <class Copy>
void gather_rows(const char* from, std::int64_t step, std::int64_t fetched, const std::int64_t* id,
                 std::int64_t n, std::int64_t skip, std::int64_t bytes, char* to,
                 const Copy& copy) {
  const RowPrefetch fetch(fetched);
  for (std::int64_t i = 0; i < n; ++i, to += bytes) {
    if (i + fetch.ahead < n) fetch(from + id[i + fetch.ahead] * step);
    if (id[i] == skip)
      std::memset(to, 0, std::size_t(bytes));
    else
      copy(to, from + id[i] * step);
  }
}

}  // namespace

void gather_rows(const Array& table, const Array& ids, std::int64_t skip, const Array& y) {
  const std::int64_t n = ids.numel();
  if (n == 0 || y.numel() == 0) return;
  const std::int64_t size = std::int64_t(size_of(y.dtype)), bytes = y.numel() / n * size;
  const std::int64_t step = table.strides[0] * size;
  const std::int64_t* id = ids.data<std::int64_t>();
  const char* from = table.data<char>();
  char* to = y.data<char>();
  // Of what is near the first lines will do.
  const std::int64_t fetched =
      is_far(table.shape[0] * bytes) ? bytes : std::min<std::int64_t>(bytes, 256);
  const bool streaming = is_worth_streaming(to, bytes, n * bytes);
  parallel_for(n, grain_of_rows(bytes), [=](std::int64_t begin, std::int64_t end) {
    const auto gather = [=](const auto& copy) {
      gather_rows(from, step, fetched, id + begin, end - begin, skip, bytes, to + begin * bytes,
                  copy);
    };
    if (!streaming) return with_row_copy(bytes, gather);
    gather([=](char* row, const char* source) { stream_row(row, source, bytes, 0); });
    finish_streaming();
  });
}

}  // namespace cinta::kernels
