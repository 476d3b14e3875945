#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/table/along.hpp>

namespace cinta::kernels {

void gather_along(const Array& x, const Array& ids, int axis, const Array& y) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  dispatch(x.dtype, [&]<class T>() {
    const T* const from = x.data<T>();
    T* const to = y.data<T>();
    for_each_part_along(ids.shape, x.shape, axis, sizeof(T), [=](const AlongPart& part) {
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
