#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/table/along.hpp>

namespace cinta::kernels {

namespace {

// A row of the result, from a row of x by way of a cache to memory. The next row of x, which is
// read in no order, is asked for in that of memory.
template <class T>
void stream_gathered(const AlongPart& part, const T* x, std::int64_t entries,
                     const std::int64_t* id, T* y) {
  constexpr std::int64_t block = 512;
  T buffer[block];
  for (std::int64_t k = 0; k < part.count; k += block) {
    const std::int64_t n = std::min(block, part.count - k), first = part.ids + k;
    prefetch(id + first + block, block * std::int64_t(sizeof *id));
    if (k < entries) prefetch(x + part.table + entries + k, block * std::int64_t(sizeof(T)));
    for (std::int64_t i = 0; i < n; ++i) buffer[i] = x[part.table + id[first + i]];
    stream_row(reinterpret_cast<char*>(y + first), reinterpret_cast<const char*>(buffer),
               n * std::int64_t(sizeof(T)), 0);
  }
  finish_streaming();
}

}  // namespace

void gather_along(const Array& x, const Array& ids, int axis, const Array& y) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  dispatch(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    const std::int64_t x_row = x.shape[axis];
    const bool streaming = axis == y.shape.rank() - 1 && y.shape[axis] >= cache_line &&
                           is_worth_streaming(to, cache_line, y.numel() * std::int64_t(sizeof(T)));
    for_each_part_along(ids.shape, x.shape, axis, sizeof(T), [=](const AlongPart& part) {
      if (streaming) return stream_gathered(part, from, x_row, id, to);
      part.for_each(id, [=](std::int64_t i, std::int64_t place) { to[i] = from[place]; });
    });
  });
}

void scatter_along(const Array& x, const Array& ids, int axis, const Array& table) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  dispatch(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = table.data<T>();
    for_each_part_along(ids.shape, table.shape, axis, sizeof(T), [=](const AlongPart& part) {
      part.for_each(id, [=](std::int64_t i, std::int64_t place) { to[place] = from[i]; });
    });
  });
}

void last_along(const Array& ids, const Shape& from, int axis, const Array& y) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  const std::int64_t entries = from[axis];
  dispatch_floating(y.dtype, [&]<class T>() {
    static constexpr T values[] = {0, 1};
    T* const to = y.data<T>();
    for_each_part_along(ids.shape, from, axis, sizeof(std::int64_t), [=](const AlongPart& part) {
      Scratch scratch(std::size_t(entries * part.columns) * sizeof(std::int64_t));
      std::int64_t* const last = reinterpret_cast<std::int64_t*>(scratch.memory());
      const AlongPart own = part.on_its_own();
      own.for_each(id, [=](std::int64_t i, std::int64_t place) { last[place] = i; });
      own.for_each(id, [=](std::int64_t i, std::int64_t place) {
        to[i] = values[last[place] == i];  // a branch nobody could guess
      });
    });
  });
}

}  // namespace cinta::kernels
