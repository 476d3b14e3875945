#include <bit>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/copy/copy_row.hpp>
#include <cinta/ops/kernels/loop/any_negative.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/scatter_add/long_rows.hpp>
#include <cinta/ops/kernels/scatter_add/part_sums.hpp>
#include <cinta/ops/kernels/scatter_add/row_buckets.hpp>
#include <cinta/ops/kernels/scatter_add/row_groups.hpp>
#include <cinta/ops/kernels/scatter_add/scatter_add.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/kernels/table/rows_by_id.hpp>
#include <cstring>
#include <type_traits>
#include <vector>

namespace cinta::kernels {
namespace {

// What is added to a table, and the columns of it that are somebody's.
template <class T>
struct Sums {
  const T* x;
  std::int64_t width;
  T* table;
  std::int64_t first = 0, columns = width;

  T* row(std::int64_t id) const { return table + id * width + first; }
  const T* term(std::int64_t place) const { return x + place * width + first; }
};

// All ids, in their order: of a table that is near, or of which few rows are used.
struct InOrder {
  const std::int64_t* id;
  std::int64_t count, begin, end;  // ids; rows of the table
  bool far;

  std::int64_t place(std::int64_t i) const { return i; }
  std::int64_t row(std::int64_t i) const { return id[i]; }
  static constexpr bool terms_lie_anywhere = false;
};

// Those of one part of the table.
struct InBucket : RowBuckets::Bucket {
  static constexpr bool far = true;

  std::int64_t place(std::int64_t i) const { return RowBuckets::place(item[i]); }
  std::int64_t row(std::int64_t i) const { return begin + RowBuckets::row(item[i]); }
  static constexpr bool terms_lie_anywhere = true;
};

// Whether it is certain that no id comes more often than a block has rows. Ids that share a counter
// only make that less certain: as many counters as ids do, which stay near.
bool all_are_rare(const std::int64_t* id, std::int64_t n) {
  const int bits = std::bit_width(std::uint64_t(n));
  constexpr std::uint8_t too_many = 0x80;  // a count gets there when it exceeds a block
  std::vector<std::uint8_t> counts(std::size_t{1} << bits, too_many - 1 - sum_block);
  const auto count = [&](std::int64_t i) {
    return ++counts[(std::uint64_t(id[i]) * 0x9e3779b97f4a7c15) >> (64 - bits)];
  };
  for (std::int64_t i = 0; i < n;) {
    std::uint8_t seen = 0;
    const std::int64_t end = std::min(n, i + too_many);  // no count gets beyond 255
#pragma GCC unroll 8
    for (; i < end; ++i) seen |= count(i);
    if (seen & too_many) return false;
  }
  return true;
}

// Adds the rows of x from i on, m of them, to one row, one after the other: `parts` registers of it
// at a time from column k on. Returns the column that is next.
template <int parts, class T>
std::int64_t add_columns(const Sums<T>& sums, std::int64_t i, std::int64_t m, std::int64_t k,
                         T* row) {
  using Part [[gnu::vector_size(16)]] = T;
  constexpr std::int64_t lanes = 16 / sizeof(T);
  for (; k + parts * lanes <= sums.columns; k += parts * lanes) {
    Part sum[parts];
    std::memcpy(sum, row + k, sizeof sum);
    for (std::int64_t j = i; j < i + m; ++j) {
#pragma GCC unroll 4
      for (int p = 0; p < parts; ++p) {
        Part term;
        std::memcpy(&term, sums.term(j) + k + p * lanes, sizeof term);
        sum[p] += term;
      }
    }
    std::memcpy(row + k, sum, sizeof sum);
  }
  return k;
}
template <class T>
void add_neighbours(const Sums<T>& sums, std::int64_t i, std::int64_t m, T* row) {
  std::int64_t k = add_columns<4>(sums, i, m, 0, row);
  k = add_columns<1>(sums, i, m, k, row);
  for (; k < sums.columns; ++k)
    for (std::int64_t j = i; j < i + m; ++j) row[k] += sums.term(j)[k];
}

// `longs` is a LongRows of the ids' rows, or null if none gets many.
template <class T, class Ids, class Longs>
void add_rows(const Sums<T>& sums, const Ids& ids, std::int64_t skip, Longs longs) {
  const std::int64_t columns = sums.columns;
  const RowPrefetch fetch(columns * std::int64_t(sizeof(T)));
  for (std::int64_t i = 0; i < ids.count; ++i) {
    if (const std::int64_t next = i + fetch.ahead; next < ids.count) {
      if constexpr (Ids::terms_lie_anywhere) fetch(sums.term(ids.place(next)));
      if (ids.far) fetch(sums.row(ids.row(next)));
      if constexpr (!std::is_null_pointer_v<Longs>) longs->prefetch_count(ids.row(next));
    }
    const std::int64_t id = ids.row(i);
    if (id == skip) continue;
    T* const row = sums.row(id);
    const T* const term = sums.term(ids.place(i));
    for (std::int64_t k = 0; k < columns; ++k) row[k] += term[k];
    if constexpr (!std::is_null_pointer_v<Longs>) longs->added(id, 1, row);
  }
}

// The same for narrow float32 rows that get some on average: as doubles, without blocks.
template <class Ids>
void add_wide(const Sums<float>& sums, const Ids& ids, std::int64_t skip) {
  const std::int64_t width = sums.width, count = (ids.end - ids.begin) * width;
  float* const first = sums.row(ids.begin);
  const Ref<Storage> memory = Storage::create(std::size_t(count) * sizeof(double));
  double* const wide = static_cast<double*>(memory->data());
  std::copy_n(first, count, wide);
  const std::int64_t bytes = width * std::int64_t(sizeof(float));
  const RowPrefetch fetch_term(bytes), fetch_sum(2 * bytes);
  const auto sum_of = [=](std::int64_t id) { return wide + (id - ids.begin) * width; };
  for (std::int64_t i = 0; i < ids.count; ++i) {
    if (const std::int64_t next = i + fetch_term.ahead; next < ids.count) {
      if constexpr (Ids::terms_lie_anywhere)
        fetch_term(sums.term(ids.place(next)));
      else if (ids.far)
        fetch_sum(sum_of(ids.row(next)));
    }
    if (ids.row(i) == skip) continue;
    const float* const term = sums.term(ids.place(i));
    double* const sum = sum_of(ids.row(i));
    for (std::int64_t k = 0; k < width; ++k) sum[k] += double(term[k]);
  }
  std::transform(wide, wide + count, first, [](double v) { return float(v); });
}

template <class T, class Ids>
void add_ids(const Sums<T>& sums, const Ids& ids, std::int64_t skip, bool many, bool wide) {
  if (!many) return add_rows(sums, ids, skip, nullptr);
  if constexpr (std::is_same_v<T, float>)
    if (wide) return add_wide(sums, ids, skip);
  LongRows<T> longs(ids.begin, ids.end, sums.columns);
  add_rows(sums, ids, skip, &longs);
  longs.finish([&](std::int64_t id) { return sums.row(id); });
}

// Ids that never fall: threads have rows of x, those of one id together.
template <class T>
void add_sorted(const Sums<T>& sums, const std::int64_t* id, std::int64_t n, std::int64_t skip) {
  parallel_for(n, grain_of(sums.width), [=](std::int64_t begin, std::int64_t end) {
    const auto whole = [=](std::int64_t i) {
      while (i > 0 && i < n && id[i] == id[i - 1]) ++i;
      return i;
    };
    for (std::int64_t i = whole(begin), m = 0, last = whole(end); i < last; i += m) {
      m = 1;  // between equal ids there are no others
      while (i + m + sum_block <= last && id[i + m + sum_block - 1] == id[i]) m += sum_block;
      while (i + m < last && id[i + m] == id[i]) ++m;
      if (id[i] == skip) continue;
      T* const row = sums.row(id[i]);
      if (m <= sum_block) {
        add_neighbours(sums, i, m, row);
        continue;
      }
      LongRows<T> longs(id[i], id[i] + 1, sums.width);
      for (std::int64_t j = i; j < i + m; j += sum_block) {
        const std::int64_t some = std::min(sum_block, i + m - j);
        add_neighbours(sums, j, some, row);
        longs.added(id[i], some, row);
      }
      longs.finish([=](std::int64_t) { return row; });
    }
  });
}

// For few ids in a large table, of which a count for each row would cost more than the sums.
template <class T>
void add_groups(const Sums<T>& sums, const RowGroups& groups, std::int64_t skip) {
  parallel_for(groups.size(), grain_of(sums.width), [&](std::int64_t begin, std::int64_t end) {
    std::vector<T> sum(static_cast<std::size_t>(sums.width));
    for (std::int64_t g = begin; g < end; ++g) {
      const std::int64_t id = groups.ids[std::size_t(g)];
      if (id == skip) continue;
      sum_places(sums.x, sums.width, groups.places(g), 0, sums.width, sum.data());
      T* row = sums.row(id);
      for (std::int64_t k = 0; k < sums.width; ++k) row[k] += sum[std::size_t(k)];
    }
  });
}

// A table of zeros, of which each part is made in a cache: no zeros have to come from memory. A
// part is written to a large table while the next is made.
template <class T>
class PartsBeside {
 public:
  PartsBeside(const Sums<T>& sums, std::int64_t rows_of_part, bool many, bool wide, bool streaming)
      : sums_(sums), many_(many), wide_(wide), streaming_(streaming) {
    const std::int64_t count = rows_of_part * sums.width;
    memory_ = Storage::create(2 * std::size_t(count) * sizeof(T));
    part_ = static_cast<T*>(memory_->data());
    other_ = part_ + count;
    std::fill_n(part_, 2 * count, T(0));
  }

  void sum(const RowBuckets::Bucket& ids) {
    if (add_as_doubles(ids)) {
      write_behind_from(ids);
      return write_behind();
    }
    add(ids);
    write_behind_from(ids);
    std::swap(part_, other_);
  }

  void finish() {
    write_behind();
    finish_streaming();
  }

 private:
  bool add_as_doubles(const RowBuckets::Bucket& ids) {
    if constexpr (std::is_same_v<T, float>) {
      if (many_ && wide_) {
        add_wide({sums_.x, sums_.width, part_ - ids.begin * sums_.width}, InBucket{ids},
                 no_padding);
        return true;
      }
    }
    return false;
  }

  // All lines of `part_`, but what is no whole line now.
  void write_behind_from(const RowBuckets::Bucket& ids) {
    char* const to = reinterpret_cast<char*>(sums_.row(ids.begin));
    char* const from = reinterpret_cast<char*>(part_);
    const std::int64_t bytes = (ids.end - ids.begin) * sums_.width * std::int64_t(sizeof(T));
    behind_ = {to, from, streaming_ ? bytes / cache_line : 0};
    const std::int64_t now = behind_.lines * cache_line;
    copy_row(to + now, from + now, bytes - now);
    std::memset(from + now, 0, std::size_t(bytes - now));
  }

  void add(const RowBuckets::Bucket& ids) {
    PartSums<T> sums{ids, sums_.x, sums_.width, part_, nullptr};
    std::int64_t next = 0;
    if (!many_) return add_to_part(sums, behind_, next);
    LongRows<T> longs(0, ids.end - ids.begin, sums_.width);
    const auto row_of = [this](std::int64_t row) { return part_ + row * sums_.width; };
    sums.counts = longs.counts();
    do {
      add_to_part(sums, behind_, next);
      if (next == 0) break;
      const std::int64_t last = RowBuckets::row(ids.item[next - 1]);
      longs.added(last, 0, row_of(last));
    } while (next < ids.count);
    longs.finish(row_of);
  }

  void write_behind() {
    std::int64_t next = 0;
    add_to_part(PartSums<T>{}, behind_, next);
  }

  Sums<T> sums_;
  bool many_, wide_, streaming_;
  Ref<Storage> memory_;
  T *part_, *other_;
  LinesBehind behind_{};
};

void add_by_id(const Array& x, const Array& ids, std::int64_t skip, const Array& table,
               bool on_zeros) {
  const std::int64_t n = ids.numel(), rows = table.shape[0];
  if (n == 0 || x.numel() == 0) {
    if (on_zeros) fill(table, 0);
    return;
  }
  const std::int64_t width = x.numel() / n;
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(table.dtype, [&]<class T>() {
    constexpr std::int64_t size = sizeof(T);
    const Sums<T> sums{x.data<T>(), width, table.data<T>()};
    const std::int64_t bytes = rows * width * size;
    const bool few = !is_far(n * width * size), far = is_far(bytes);
    const auto rise = [=](std::int64_t i) { return id[i + 1] - id[i]; };
    const bool sorted = !few && !any_negative(n - 1, rise);
    bool many = n > sum_block;  // one row may get more than a block
    if (many && rows > n && !sorted) many = !all_are_rare(id, n);
    const bool groups = !sorted && many && rows > 8 * n;
    const bool wide = width <= 8 && rows <= n, dense = on_zeros && rows <= 8 * n;
    // One thread gains by parts where sums would be read from memory and written there, one by one.
    const bool parts_pay = dense && !wide && bytes >= large_result;
    const bool in_order = few || (thread_count() == 1 && !parts_pay);
    const bool columns = width >= 256 && (rows < 8 * thread_count() || is_far(width * size));
    const bool parts = !sorted && !groups && !in_order && !columns, beside = parts && dense;
    if (on_zeros && !beside) fill(table, 0);
    const InOrder all{id, n, 0, rows, far};
    // In each way an element belongs to one thread, which adds to it in the order of i.
    if (sorted) {
      add_sorted(sums, id, n, skip);
    } else if (groups) {
      add_groups(sums, group_rows(id, n), skip);
    } else if (parts) {
      const RowBuckets buckets(id, n, skip, rows, width * size);
      const bool streaming =
          is_worth_streaming(table.data<T>(), buckets.rows_of_part() * width * size, bytes);
      buckets.for_each_thread(rows, width, [&](const auto& next) {
        RowBuckets::Bucket bucket;
        if (!beside) {
          while (next(bucket)) add_ids(sums, InBucket{bucket}, skip, many, wide);
          return;
        }
        PartsBeside<T> made(sums, buckets.rows_of_part(), many, wide, streaming);
        while (next(bucket)) made.sum(bucket);
        made.finish();
      });
    } else if (in_order) {
      add_ids(sums, all, skip, many, wide);
    } else {
      parallel_for(width, 64, [=](std::int64_t begin, std::int64_t end) {
        add_ids(Sums<T>{sums.x, width, sums.table, begin, end - begin}, all, skip, many, false);
      });
    }
  });
}

void add_integers(const Array& x, const Array& ids, std::int64_t skip, const Array& table) {
  const std::int64_t n = ids.numel();
  if (n == 0 || x.numel() == 0) return;
  const std::int64_t width = x.numel() / n;
  dispatch(table.dtype, [&]<class T>() {
    T* const to = table.data<T>();
    for_each_id(
        RowsById<T>{ids.data<std::int64_t>(), n, table.shape[0], width, x.data<T>()},
        [=](std::int64_t id) { return id == skip ? nullptr : to + id * width; },
        [=](T* row, const T* term) {
          for (std::int64_t k = 0; row && k < width; ++k) row[k] = element_sum(row[k], term[k]);
        });
  });
}

}  // namespace

void scatter_add_rows(const Array& x, const Array& ids, std::int64_t skip, const Array& table) {
  if (is_floating(table.dtype))
    add_by_id(x, ids, skip, table, false);
  else
    add_integers(x, ids, skip, table);  // no care for rounding
}

void sum_rows_by_id(const Array& x, const Array& ids, std::int64_t skip, const Array& table) {
  add_by_id(x, ids, skip, table, true);
}

}  // namespace cinta::kernels
