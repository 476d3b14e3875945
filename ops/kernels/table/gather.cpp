#include <bit>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/reduce/reduce_plan.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/kernels/table/sparse_rows.hpp>
#include <cstring>
#include <type_traits>
#include <vector>

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

namespace {

// Rows of a table that get many: what each has after a block is moved here.
template <class T>
class LongRows {
 public:
  /// Of ids from `begin` to before `end`, as parts of `width` elements.
  LongRows(std::int64_t begin, std::int64_t end, std::int64_t width)
      : begin_(begin), width_(width), counts_(std::size_t(end - begin)) {}

  void prefetch_count(std::int64_t id) const {
    __builtin_prefetch(&counts_[std::size_t(id - begin_)], 1);
  }

  /// After something was added to a row.
  void added(std::int64_t id, T* row) {
    std::uint8_t& count = counts_[std::size_t(id - begin_)];
    if (++count < sum_block) return;
    count = 0;
    take(id, row);
  }

  /// Puts the sums back, to where row_of(id) points.
  template <class F>
  void finish(const F& row_of) {
    for (std::size_t i = 0; i < ids_.size(); ++i) {
      T* row = row_of(ids_[i]);
      take(ids_[i], row);
      const T *sum = &sums_[2 * i * std::size_t(width_)], *error = sum + width_;
      for (std::int64_t k = 0; k < width_; ++k) row[k] = compensated(sum[k], error[k]);
    }
  }

 private:
  // Leaves zeros.
  void take(std::int64_t id, T* row) {
    if (places_.empty()) places_.resize(counts_.size());
    std::int32_t& place = places_[std::size_t(id - begin_)];  // from 1
    if (place == 0) {
      ids_.push_back(id);
      place = std::int32_t(ids_.size());
      sums_.resize(2 * ids_.size() * std::size_t(width_));
    }
    T* const sum = &sums_[2 * std::size_t(place - 1) * std::size_t(width_)];
    for (std::int64_t k = 0; k < width_; ++k) {
      add_compensated(sum[k], sum[width_ + k], row[k]);
      row[k] = 0;
    }
  }

  std::int64_t begin_, width_;
  std::vector<std::uint8_t> counts_;
  std::vector<std::int32_t> places_;
  std::vector<std::int64_t> ids_;
  std::vector<T> sums_;  // and their errors
};

// Whether it is certain that no id comes more often than a block has rows. Ids that share a counter
// only make that less certain.
bool all_are_rare(const std::int64_t* id, std::int64_t n) {
  const int bits = std::bit_width(std::uint64_t(4 * n));
  std::vector<std::uint8_t> counts(std::size_t{1} << bits);
  for (std::int64_t i = 0; i < n; ++i) {
    std::uint8_t& count = counts[(std::uint64_t(id[i]) * 0x9e3779b97f4a7c15) >> (64 - bits)];
    if (++count > sum_block) return false;
  }
  return true;
}

struct RowRange {
  std::int64_t begin, end, first, last;  // ids and columns
};

// table[id[i]] += x[i] for those in the range. `sums` is a LongRows of it, or null if none gets
// many.
template <class T, class Sums>
void add_rows(const T* x, const std::int64_t* id, std::int64_t n, std::int64_t width,
              std::int64_t skip, bool fetch, const RowRange& range, T* table, Sums sums) {
  const auto [begin, end, first, last] = range;
  const std::uint64_t rows = std::uint64_t(end - begin);
  const std::int64_t columns = last - first;
  for (std::int64_t i = 0; i < n; ++i) {
    if (fetch && i + prefetch_ahead < n) {
      const std::int64_t next = id[i + prefetch_ahead];
      if (std::uint64_t(next - begin) < rows) {
        prefetch(table + next * width + first, columns * std::int64_t(sizeof(T)));
        if constexpr (!std::is_null_pointer_v<Sums>) sums->prefetch_count(next);
      }
    }
    if (std::uint64_t(id[i] - begin) >= rows || id[i] == skip) continue;
    T* row = table + id[i] * width + first;
    const T* more = x + i * width + first;
    for (std::int64_t k = 0; k < columns; ++k) row[k] += more[k];
    if constexpr (!std::is_null_pointer_v<Sums>) sums->added(id[i], row);
  }
}

// The same for narrow float32 rows that get some on average: as doubles, without blocks.
void add_wide(const float* x, const std::int64_t* id, std::int64_t n, std::int64_t width,
              std::int64_t skip, bool fetch, const RowRange& range, float* table) {
  const std::int64_t rows = range.end - range.begin;
  float* const first = table + range.begin * width;
  const Ref<Storage> memory = Storage::create(std::size_t(rows * width) * sizeof(double));
  double* const sums = static_cast<double*>(memory->data());
  std::copy_n(first, rows * width, sums);
  double* const sum = sums - range.begin * width;
  for (std::int64_t i = 0; i < n; ++i) {
    if (fetch && i + prefetch_ahead < n)
      __builtin_prefetch(sum + std::min(id[i + prefetch_ahead], range.end) * width, 1);
    if (std::uint64_t(id[i] - range.begin) >= std::uint64_t(rows) || id[i] == skip) continue;
    for (std::int64_t k = 0; k < width; ++k) sum[id[i] * width + k] += double(x[i * width + k]);
  }
  std::transform(sums, sums + rows * width, first, [](double v) { return float(v); });
}

// For few ids in a large table, of which a count for each row would cost more than the sums.
template <class T>
void scatter_groups(const T* x, std::int64_t width, const RowGroups& groups, std::int64_t skip,
                    T* table) {
  parallel_for(groups.size(), grain_of(width), [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> sum(static_cast<std::size_t>(width));
    for (std::int64_t g = begin; g < end; ++g) {
      const std::int64_t id = groups.ids[std::size_t(g)];
      if (id == skip) continue;
      sum_places(x, width, groups.places(g), 0, width, sum.data());
      T* row = table + id * width;
      for (std::int64_t k = 0; k < width; ++k) row[k] += sum[std::size_t(k)];
    }
  });
}

}  // namespace

void scatter_add_rows(const Array& x, const Array& ids, std::int64_t skip, const Array& table) {
  const std::int64_t n = ids.numel(), rows = table.shape[0];
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t width = x.numel() / n;
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(table.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = table.data<T>();
    bool many = n > sum_block;  // one row may get more than a block
    if (many && rows > n) many = !all_are_rare(id, n);
    if (many && rows > 8 * n) return scatter_groups(from, width, group_rows(id, n), skip, to);
    const bool fetch = rows * width * std::int64_t(sizeof(T)) > grain_bytes;  // else it is near
    const auto add = [=](std::int64_t begin, std::int64_t end, std::int64_t first,
                         std::int64_t last) {
      const RowRange range{begin, end, first, last};
      if (!many) return add_rows(from, id, n, width, skip, fetch, range, to, nullptr);
      if constexpr (std::is_same_v<T, float>)
        if (width <= 8 && rows <= n) return add_wide(from, id, n, width, skip, fetch, range, to);
      LongRows<T> sums(begin, end, last - first);
      add_rows(from, id, n, width, skip, fetch, range, to, &sums);
      sums.finish([=](std::int64_t i) { return to + i * width + first; });
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
