#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
#include <cinta/ops/kernels/table/rows_by_id.hpp>
#include <cinta/ops/kernels/table/scatter.hpp>
#include <vector>

namespace cinta::kernels {
namespace {

// Entries `from` to before `to` of sizes or strides.
template <class Entries>
Entries some_of(const Entries& all, int from, int to) {
  Entries some = Entries::filled(to - from);
  for (int i = from; i < to; ++i) some[i - from] = all[i];
  return some;
}

// Where the element with a row-major number lies.
class Offsets {
 public:
  Offsets(const Shape& shape, const Strides& strides)
      : shape_(shape), strides_(strides), step_(shape.rank() ? strides.back() : 1), is_even_(true) {
    for (int i = shape.rank() - 2; i >= 0; --i)
      is_even_ = is_even_ && strides[i] == strides[i + 1] * shape[i + 1];
  }

  [[gnu::always_inline]] std::int64_t operator()(std::int64_t number) const {
    return is_even_ ? number * step_ : uneven(number);
  }

 private:
  [[gnu::noinline]] std::int64_t uneven(std::int64_t number) const {
    std::int64_t offset = 0;
    for (int k = shape_.rank() - 1; k >= 0; --k) {
      offset += number % shape_[k] * strides_[k];
      number /= shape_[k];
    }
    return offset;
  }

  Shape shape_;
  Strides strides_;
  std::int64_t step_;
  bool is_even_;
};

}  // namespace

void scatter_rows(const Array& x, const Array& ids, int axes, const Array& table) {
  const std::int64_t n = ids.numel();
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t width = x.numel() / n, rows = table.numel() / width;
  const std::int64_t* const id = ids.data<std::int64_t>();
  const int rank = table.shape.rank();
  const Offsets row_offset(some_of(table.shape, 0, axes), some_of(table.strides, 0, axes));
  const Shape row_shape = some_of(table.shape, axes, rank);
  const Strides row_strides = some_of(table.strides, axes, rank);
  if (is_contiguous(row_shape, row_strides)) {
    const std::int64_t size = std::int64_t(size_of(table.dtype)), bytes = width * size;
    char* const to = table.data<char>();
    with_row_copy(bytes, [&](const auto& copy) {
      for_each_id(
          RowsById<char>{id, n, rows, bytes, x.data<char>()},
          [&](std::int64_t k) { return to + row_offset(k) * size; },
          [=](char* row, const char* from) { copy(row, from); });
    });
    return;
  }
  std::vector<std::int64_t> offsets;
  StridedIndex place(row_shape, row_strides, 0);
  for (std::int64_t k = 0; k < width; ++k, place.next()) offsets.push_back(place.offset());
  dispatch(table.dtype, [&]<class T>() {
    T* const to = table.data<T>();
    for_each_id(
        RowsById<T>{id, n, rows, width, x.data<T>()},
        [&](std::int64_t k) { return to + row_offset(k); },
        [&](T* row, const T* from) {
          for (const std::int64_t offset : offsets) row[offset] = *from++;
        });
  });
}

}  // namespace cinta::kernels
