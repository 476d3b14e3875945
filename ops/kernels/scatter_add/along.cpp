#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/scratch.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/table/along.hpp>
#include <cinta/ops/kernels/table/gather.hpp>

namespace cinta::kernels {
namespace {

// Sums of any number of elements.
struct WideFloat {
  explicit WideFloat(float x) : sum(double(x)) {}
  void add(float x) { sum += double(x); }
  float value() const { return float(sum); }

  double sum;
};
struct WideDouble {
  explicit WideDouble(double x) : sum(x), error(0) {}
  void add(double x) { add_compensated(sum, error, x); }
  double value() const { return compensated(sum, error); }

  double sum, error;
};

template <class T>
void add_wide(const AlongPart& part, const T* x, const std::int64_t* id, std::int64_t entries,
              T* table) {
  using Wide = std::conditional_t<std::is_same_v<T, float>, WideFloat, WideDouble>;
  Scratch scratch(std::size_t(entries * part.columns) * sizeof(Wide));
  Wide* const sum = reinterpret_cast<Wide*>(scratch.memory());
  const bool dense = part.table_step == part.columns;
  const std::int64_t rows = dense ? 1 : entries, width = part.columns * (dense ? entries : 1);
  const auto for_each_row = [=](const auto& f) {
    for (std::int64_t k = 0; k < rows; ++k)
      f(sum + k * width, table + part.table + k * part.table_step);
  };
  for_each_row([=](Wide* wide, const T* row) {
    for (std::int64_t c = 0; c < width; ++c) new (wide + c) Wide(row[c]);
  });
  part.on_its_own().for_each(id, [=](std::int64_t i, std::int64_t place) { sum[place].add(x[i]); });
  for_each_row([=](const Wide* wide, T* row) {
    for (std::int64_t c = 0; c < width; ++c) row[c] = wide[c].value();
  });
}

void add_by_number(const Array& x, const Array& ids, int axis, const Array& table) {
  const Shape count{ids.numel()}, rows{table.numel()}, one{1};
  const Ref<Storage> memory = Storage::create(std::size_t(count[0]) * sizeof(std::int64_t));
  flat_ids(ids, table.shape, axis,
           {memory->data(), ids.shape, contiguous_strides(ids.shape), int64});
  scatter_add_rows({x.memory, count, one, x.dtype}, {memory->data(), count, one, int64}, no_padding,
                   {table.memory, rows, one, table.dtype});
}

}  // namespace

void scatter_add_along(const Array& x, const Array& ids, int axis, const Array& table) {
  const std::int64_t* const id = ids.data<std::int64_t>();
  const std::int64_t entries = table.shape[axis];
  dispatch(table.dtype, [&]<class T>() {
    constexpr std::int64_t size = sizeof(T);
    const T* const from = x.data<T>();
    T* const to = table.data<T>();
    if (!is_floating(table.dtype) || ids.shape[axis] <= sum_block) {
      for_each_part_along(ids.shape, table.shape, axis, size, [=](const AlongPart& part) {
        part.for_each(id, [=](std::int64_t i, std::int64_t place) {
          to[place] = element_sum(to[place], from[i]);
        });
      });
    } else if (is_far(entries * size)) {
      add_by_number(x, ids, axis, table);  // by buckets
    } else if constexpr (std::is_floating_point_v<T>) {
      for_each_part_along(ids.shape, table.shape, axis, size,
                          [=](const AlongPart& part) { add_wide(part, from, id, entries, to); });
    }
  });
}

}  // namespace cinta::kernels
