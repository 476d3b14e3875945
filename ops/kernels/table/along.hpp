#pragma once
// Elements read and written along one axis: ids say where on it, their own place says the rest.

#include <algorithm>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>

namespace cinta::kernels {

/// y[i, j, k] = x[i, ids[i, j, k], k] for axis 1, and so on. Dense arrays, not 0-dim; dense ids of
/// the shape of y, which outside `axis` is not larger than x.
void gather_along(const Array& x, const Array& ids, int axis, const Array& y);

/// table[i, ids[i, j, k], k] = x[i, j, k] for axis 1, and so on, in the order of x. Shapes as
/// above.
void scatter_along(const Array& x, const Array& ids, int axis, const Array& table);

/// y = 1 where an id is the last, in row-major order, of those that name its element of a table of
/// shape `from`, else 0: of what scatter_along writes, what stays.
void last_along(const Array& ids, const Shape& from, int axis, const Array& y);

/// A part of the ids that no other part shares an element of the table with: `count` along the
/// axis, each `columns` wide.
struct AlongPart {
  std::int64_t ids, table;  // where its first id lies, and what an id 0 there names
  std::int64_t count, columns;
  std::int64_t id_step, table_step;  // along the axis

  /// The same for memory that holds nothing but what this part may name.
  AlongPart on_its_own() const { return {ids, 0, count, columns, id_step, columns}; }

  /// Calls f(i, place) for ids in row-major order: where an id lies, and where what it names.
  template <class F>
  [[gnu::always_inline]] void for_each(const std::int64_t* id, const F& f) const {
    if (columns == 1) {
      for (std::int64_t k = 0, i = ids; k < count; ++k, i += id_step)
        f(i, table + id[i] * table_step);
      return;
    }
    for (std::int64_t k = 0; k < count; ++k) {
      const std::int64_t i = ids + k * id_step;
      for (std::int64_t c = 0; c < columns; ++c) f(i + c, table + c + id[i + c] * table_step);
    }
  }
};

/// Calls f(part) for all parts, several at a time, of ids for a table of shape `from` whose
/// elements have so many bytes. What a part names lies near, if its columns are few enough.
template <class F>
void for_each_part_along(const Shape& ids, const Shape& from, int axis, std::int64_t bytes,
                         const F& f) {
  constexpr std::int64_t near = 256 * 1024, least_columns = 16;
  if (ids.numel() == 0) return;
  const int last = ids.rank() - 1;
  const Strides id_steps = contiguous_strides(ids), table_steps = contiguous_strides(from);
  // The axes but `axis` and the columns, which are the last axis if that is another.
  const auto lines_of = [=](const Shape& all) {
    Shape some = Shape::filled(axis == last ? last : last - 1);
    for (int i = 0; i < some.rank(); ++i) some[i] = all[i < axis ? i : i + 1];
    return some;
  };
  const Shape lines = lines_of(ids);
  const Strides id_lines = lines_of(id_steps), table_lines = lines_of(table_steps);
  const std::int64_t columns = axis == last ? 1 : ids[last], count = ids[axis];
  const std::int64_t some = std::min(columns, std::max(least_columns, near / (from[axis] * bytes)));
  const std::int64_t parts = (columns + some - 1) / some;
  const AlongPart whole{0, 0, count, some, id_steps[axis], table_steps[axis]};
  parallel_for(lines.numel() * parts, grain_of(count * some),
               [&, f](std::int64_t begin, std::int64_t end) {
                 StridedIndex id_line(lines, id_lines, begin / parts);
                 StridedIndex table_line(lines, table_lines, begin / parts);
                 for (std::int64_t unit = begin, p = begin % parts; unit < end; ++unit) {
                   AlongPart part = whole;
                   part.ids = id_line.offset() + p * some;
                   part.table = table_line.offset() + p * some;
                   part.columns = std::min(some, columns - p * some);
                   f(part);
                   if (++p < parts) continue;
                   p = 0;
                   id_line.next();
                   table_line.next();
                 }
               });
}

}  // namespace cinta::kernels
