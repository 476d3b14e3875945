#include <algorithm>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/loop/long_sums.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>
#include <cinta/ops/kernels/table/bags.hpp>
#include <type_traits>

namespace cinta::kernels {
namespace {

// Calls f(bag, begin, end) for every bag, with its range of ids.
template <class F>
void for_each_bag(const Array& bounds, std::int64_t width, const F& f) {
  const std::int64_t* bound = bounds.data<std::int64_t>();
  const std::int64_t bags = bounds.numel() - 1;
  const std::int64_t work = bags ? bound[bags] * width / bags : 0;
  parallel_for(bags, grain_of(work), [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t b = begin; b < end; ++b) f(b, bound[b], bound[b + 1]);
  });
}

std::int64_t counting(const std::int64_t* id, std::int64_t begin, std::int64_t end,
                      std::int64_t skip) {
  return end - begin - std::count(id + begin, id + end, skip);
}

// Asks for the row of the id some places on, which may be in another bag.
template <class T>
class RowsAhead {
 public:
  RowsAhead(const Array& table, const Array& ids)
      : table_(table.data<T>()),
        width_(table.shape[1]),
        id_(ids.data<std::int64_t>()),
        fetch_(width_ * std::int64_t(sizeof(T))),
        fetched_(is_far(table.numel() * std::int64_t(sizeof(T))) ? ids.numel() - fetch_.ahead : 0) {
  }

  [[gnu::always_inline]] void at(std::int64_t i) const {
    if (i < fetched_) fetch_(table_ + id_[i + fetch_.ahead] * width_);
  }

 private:
  const T* table_;
  std::int64_t width_;
  const std::int64_t* id_;
  RowPrefetch fetch_;
  std::int64_t fetched_;
};

// Calls win(k, i) for each column k of a bag with the place i of its maximum among the ids. A NaN
// wins over numbers.
template <class T, class F>
void find_maxima(const T* table, std::int64_t width, const std::int64_t* id, std::int64_t begin,
                 std::int64_t end, std::int64_t skip, const RowsAhead<T>& ahead, const F& win) {
  using Place = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;  // as wide as T
  constexpr std::int64_t block = 256;
  for (std::int64_t first = 0; first < width; first += block) {
    const std::int64_t columns = std::min(block, width - first);
    T largest[block];
    Place best[block];
    bool is_empty = true;
    for (std::int64_t i = begin; i < end; ++i) {
      if (first == 0) ahead.at(i);
      if (id[i] == skip) continue;
      const T* const row = table + id[i] * width + first;
      const Place place = Place(i - begin);
      if (is_empty) {
        std::copy_n(row, columns, largest);
        std::fill_n(best, columns, place);
        is_empty = false;
        continue;
      }
      for (std::int64_t k = 0; k < columns; ++k) {
        const T value = row[k];
        const bool wins = !(value <= largest[k]) & (largest[k] == largest[k]);
        best[k] = wins ? place : best[k];
        largest[k] = wins ? value : largest[k];
      }
    }
    for (std::int64_t k = 0; k < columns && !is_empty; ++k) win(first + k, begin + best[k]);
  }
}

}  // namespace

void bag_sums(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
              const Array* weights, bool mean, const Array& y) {
  const std::int64_t width = y.shape[1];
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = table.data<T>();
    const T* factor = weights ? weights->data<T>() : nullptr;
    T* to = y.data<T>();
    const RowsAhead<T> ahead(table, ids);
    for_each_bag(bounds, width, [=](std::int64_t b, std::int64_t begin, std::int64_t end) {
      T* sum = to + b * width;
      sum_rows(end - begin, width, sum,
               [=](std::int64_t first, std::int64_t last, std::int64_t k, std::int64_t n, T* part) {
                 for (std::int64_t i = begin + first; i < begin + last; ++i) {
                   if (k == 0) ahead.at(i);
                   if (id[i] == skip) continue;
                   const T* row = from + id[i] * width + k;
                   const T f = factor ? factor[i] : T(1);
                   for (std::int64_t c = 0; c < n; ++c) part[c] += f * row[c];
                 }
               });
      const std::int64_t count = mean ? counting(id, begin, end, skip) : 1;
      if (count > 1)
        for (std::int64_t k = 0; k < width; ++k) sum[k] /= T(count);
    });
  });
}

void bag_maxima(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
                const Array& y) {
  const std::int64_t width = y.shape[1];
  const std::int64_t* id = ids.data<std::int64_t>();
  fill(y, 0);
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = table.data<T>();
    T* to = y.data<T>();
    const RowsAhead<T> ahead(table, ids);
    for_each_bag(bounds, width, [=](std::int64_t b, std::int64_t begin, std::int64_t end) {
      find_maxima(from, width, id, begin, end, skip, ahead, [=](std::int64_t k, std::int64_t i) {
        to[b * width + k] = from[id[i] * width + k];
      });
    });
  });
}

void bag_winners(const Array& table, const Array& ids, const Array& bounds, std::int64_t skip,
                 const Array& share) {
  const std::int64_t width = share.shape[1];
  const std::int64_t* id = ids.data<std::int64_t>();
  fill(share, 0);
  dispatch_floating(share.dtype, [&]<class T>() {
    const T* from = table.data<T>();
    T* to = share.data<T>();
    const RowsAhead<T> ahead(table, ids);
    for_each_bag(bounds, width, [=](std::int64_t, std::int64_t begin, std::int64_t end) {
      find_maxima(from, width, id, begin, end, skip, ahead,
                  [=](std::int64_t k, std::int64_t i) { to[i * width + k] = T(1); });
    });
  });
}

void bag_means(const Array& ids, const Array& bounds, std::int64_t skip, const Array& share) {
  const std::int64_t* id = ids.data<std::int64_t>();
  dispatch_floating(share.dtype, [&]<class T>() {
    T* to = share.data<T>();
    for_each_bag(bounds, 1, [=](std::int64_t, std::int64_t begin, std::int64_t end) {
      const std::int64_t count = std::max<std::int64_t>(1, counting(id, begin, end, skip));
      std::fill(to + begin, to + end, T(1) / T(count));
    });
  });
}

void bag_numbers(const Array& bounds, const Array& bag) {
  std::int64_t* to = bag.data<std::int64_t>();
  for_each_bag(bounds, 1, [=](std::int64_t b, std::int64_t begin, std::int64_t end) {
    std::fill(to + begin, to + end, b);
  });
}

}  // namespace cinta::kernels
