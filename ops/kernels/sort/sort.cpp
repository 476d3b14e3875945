#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/sort/radix.hpp>
#include <cinta/ops/kernels/sort/selection.hpp>
#include <cinta/ops/kernels/sort/sort.hpp>
#include <cmath>
#include <vector>

namespace cinta::kernels {
namespace {

// Room for `count` items, as uninitialised memory from the pool.
template <class T>
class Room {
 public:
  explicit Room(std::int64_t count)
      : memory_(Storage::create(std::size_t(count) * sizeof(ItemOf<T>))) {}
  ItemOf<T>* data() const { return static_cast<ItemOf<T>*>(memory_->data()); }

 private:
  Ref<Storage> memory_;
};

// Calls row(i) for each; rows that are long enough for threads inside run one after the other.
template <class F>
void for_each_row(std::int64_t rows, std::int64_t n, const F& row) {
  const auto all = [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) row(i);
  };
  n >= 4 * grain ? all(0, rows) : parallel_for(rows, grain_of(4 * n), all);
}

std::int64_t row_size(const Array& x) { return x.shape.rank() ? x.shape.back() : 1; }

// A row's items in order, in `room` for twice as many.
template <class T>
const ItemOf<T>* sorted_items(const T* x, std::int64_t n, bool descending, const Room<T>& room) {
  make_items(x, n, descending, room.data());
  return radix_sort(room.data(), room.data() + n, n);
}

template <class T>
std::int64_t first_nan(const T* x, std::int64_t n) {
  return std::find_if(x, x + n, [](T v) { return v != v; }) - x;
}

// The first k items of a row in order, for a small k, since each element that comes among them
// moves others. None if more than half of the elements do.
template <class T>
std::vector<ItemOf<T>> first_few(const T* x, std::int64_t n, bool descending, std::int64_t k) {
  std::vector<ItemOf<T>> items(static_cast<std::size_t>(k));
  make_items(x, k, descending, items.data());
  std::sort(items.begin(), items.end());
  ItemOf<T>* const first = items.data();
  std::int64_t moves = 0;
  for (std::int64_t i = k; i < n; ++i) {
    const auto key = Keys<T>::of(x[i], descending);
    if (key >= first[k - 1].first()) continue;
    if (++moves > n / 2) return {};
    const auto one = ItemOf<T>::of(key, i);
    std::int64_t at = k - 1;
    for (; at > 0 && one < first[at - 1]; --at) first[at] = first[at - 1];
    first[at] = one;
  }
  return items;
}

// Behind how many of `count` elements in order a quantile lies, and how far on the way to the next.
struct QuantilePlace {
  std::int64_t first;
  double rest;

  QuantilePlace(double q, Between between, std::int64_t count) {
    const double place = q * double(count - 1);
    first = std::min(std::int64_t(std::floor(place)), count - 1);
    rest = place - double(first);
    switch (between) {
      case Between::linear: break;
      case Between::lower: rest = 0; break;
      case Between::higher: first += rest > 0, rest = 0; break;
      case Between::nearest: first = std::int64_t(std::nearbyint(place)), rest = 0; break;
      case Between::midpoint: rest = rest > 0 ? 0.5 : 0; break;
    }
  }
};

}  // namespace

void sort_rows(const Array& x, bool descending, const Array& values, const Array& indices) {
  if (x.numel() == 0) return;
  const std::int64_t n = row_size(x), rows = x.numel() / n;
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    std::int64_t* index = indices.data<std::int64_t>();
    for_each_row(rows, n, [=](std::int64_t row) {
      const T* const own = from + row * n;
      const Room<T> room(2 * n);
      const ItemOf<T>* const sorted = sorted_items(own, n, descending, room);
      parallel_for(n, grain, [=](std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) {
          const std::int64_t place = sorted[i].second();
          to[row * n + i] = Keys<T>::value(sorted[i].first(), descending, own[place]);
          index[row * n + i] = place;
        }
      });
    });
  });
}

void first_of_rows(const Array& x, bool descending, std::int64_t k, bool ordered,
                   const Array& values, const Array& indices) {
  if (values.numel() == 0) return;
  const std::int64_t n = row_size(x), rows = x.numel() / n;
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    std::int64_t* index = indices.data<std::int64_t>();
    for_each_row(rows, n, [=](std::int64_t row) {
      const T* const own = from + row * n;
      std::vector<ItemOf<T>> items;
      if (k <= 32 && k <= n / 8 && n <= 4096) items = first_few(own, n, descending, k);
      if (items.empty()) items = Selection<T>(own, n, descending).ranks(0, k - 1);
      std::sort(items.begin(), items.end(), [=](const auto& a, const auto& b) {
        return ordered ? a < b : a.second() < b.second();
      });
      for (std::int64_t i = 0; i < k; ++i) {
        const std::int64_t place = items[std::size_t(i)].second();
        to[row * k + i] = own[place];
        index[row * k + i] = place;
      }
    });
  });
}

void kth_of_rows(const Array& x, std::int64_t k, bool nan_wins, const Array& values,
                 const Array& indices) {
  if (values.numel() == 0) return;
  const std::int64_t n = row_size(x), rows = x.numel() / n;
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    std::int64_t* index = indices.data<std::int64_t>();
    for_each_row(rows, n, [=](std::int64_t row) {
      const T* const own = from + row * n;
      Selection<T> selection(own, n, false);
      std::int64_t place = selection.ranks(k, k)[0].second();
      if (nan_wins && selection.has_nan()) place = first_nan(own, n);
      to[row] = own[place];
      index[row] = place;
    });
  });
}

void quantile_of_rows(const Array& x, double q, Between between, bool skip_nan, const Array& lower,
                      const Array& upper, const Array& weights) {
  if (lower.numel() == 0) return;
  const std::int64_t n = row_size(x), rows = x.numel() / n;
  std::int64_t *low = lower.data<std::int64_t>(), *high = upper.data<std::int64_t>();
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* weight = weights.data<T>();
    for_each_row(rows, n, [=](std::int64_t row) {
      const T* const own = from + row * n;
      Selection<T> selection(own, n, false);
      const auto select = [&](std::int64_t count) {
        const QuantilePlace place(q, between, count);
        auto items = selection.ranks(place.first, place.first + (place.rest > 0));
        std::sort(items.begin(), items.end());
        low[row] = items.front().second();
        high[row] = items.back().second();
        weight[row] = T(place.rest);
      };
      select(n);  // NaN, which are the last ones, are noticed on the way
      if (!selection.has_nan()) return;
      const std::int64_t count =
          skip_nan ? std::count_if(own, own + n, [](T v) { return v == v; }) : 0;
      if (count > 0) return select(count);
      low[row] = high[row] = first_nan(own, n);
      weight[row] = T(0);
    });
  });
}

void mode_of_rows(const Array& x, const Array& values, const Array& indices) {
  if (values.numel() == 0) return;
  const std::int64_t n = row_size(x), rows = x.numel() / n;
  dispatch(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = values.data<T>();
    std::int64_t* index = indices.data<std::int64_t>();
    for_each_row(rows, n, [=](std::int64_t row) {
      const T* const own = from + row * n;
      const Room<T> room(2 * n);
      const ItemOf<T>* const sorted = sorted_items(own, n, false, room);
      std::int64_t best = 0, most = 0;
      for (std::int64_t i = 0, begin = 0; i < n; ++i) {
        if (sorted[i].first() != sorted[begin].first()) begin = i;
        if (i - begin + 1 > most) most = i - begin + 1, best = begin;
      }
      const std::int64_t place = sorted[best].second();
      to[row] = own[place];
      index[row] = place;
    });
  });
}

void place_in_rows(const Array& x, const Array& indices, const Array& y) {
  fill(y, 0);
  if (x.numel() == 0) return;
  const std::int64_t n = row_size(y), rows = y.numel() / n, k = x.numel() / rows;
  const std::int64_t* index = indices.data<std::int64_t>();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    // Rows are cut into parts, since there may be one only.
    const std::int64_t size = std::min(k, grain), parts = (k + size - 1) / size;
    parallel_for(rows * parts, grain_of(size), [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t part = begin; part < end; ++part) {
        const std::int64_t row = part / parts, first = part % parts * size;
        for (std::int64_t i = first; i < std::min(k, first + size); ++i)
          to[row * n + index[row * k + i]] = from[row * k + i];
      }
    });
  });
}

}  // namespace cinta::kernels
