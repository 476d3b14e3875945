#include <algorithm>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/sort/radix.hpp>
#include <cinta/ops/kernels/sort/search.hpp>

namespace cinta::kernels {
namespace {

// Runs f(sorted items, count).
template <class T, class F>
void with_sorted(const Array& x, const F& f) {
  const std::int64_t n = x.numel();
  const Ref<Storage> room = Storage::create(std::size_t(2 * n) * sizeof(ItemOf<T>));
  auto* const items = static_cast<ItemOf<T>*>(room->data());
  const T* from = x.data<T>();
  for (std::int64_t i = 0; i < n; ++i) items[i] = ItemOf<T>::of(Keys<T>::of(from[i], false), i);
  f(radix_sort(items, items + n, n), n);
}

}  // namespace

void search_sorted(const Array& sorted, const Array& x, bool right, const Array& y) {
  const std::int64_t n = sorted.shape.back(), count = x.numel();
  if (count == 0) return;
  const std::int64_t width = sorted.shape.rank() == 1 ? count : x.shape.back();
  std::int64_t* to = y.data<std::int64_t>();
  dispatch(x.dtype, [&]<class T>() {
    const T *row = sorted.data<T>(), *from = x.data<T>();
    parallel_for(count, grain / 16, [=](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const auto key = Keys<T>::of(from[i], false);
        const T* const first = row + i / width * n;
        const auto before = [=](const T& element) {
          const auto other = Keys<T>::of(element, false);
          return right ? other <= key : other < key;
        };
        to[i] = std::partition_point(first, first + n, before) - first;
      }
    });
  });
}

std::int64_t count_unique(const Array& x) {
  std::int64_t count = 0;
  dispatch(x.dtype, [&]<class T>() {
    with_sorted<T>(x, [&](const ItemOf<T>* sorted, std::int64_t n) {
      for (std::int64_t i = 0; i < n; ++i)
        count += i == 0 || sorted[i].first() != sorted[i - 1].first();
    });
  });
  return count;
}

void unique(const Array& x, const Array& values, const Array& inverse, const Array& counts) {
  fill(counts, 0);
  dispatch(x.dtype, [&]<class T>() {
    with_sorted<T>(x, [&](const ItemOf<T>* sorted, std::int64_t n) {
      std::int64_t next = -1;
      for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t place = sorted[i].second();
        if (i == 0 || sorted[i].first() != sorted[i - 1].first())
          values.data<T>()[++next] = x.data<T>()[place];
        inverse.data<std::int64_t>()[place] = next;
        ++counts.data<std::int64_t>()[next];
      }
    });
  });
}

void histogram(const Array& x, double low, double high, const Array& edges, const Array& counts) {
  const std::int64_t bins = counts.numel(), n = x.numel();
  std::int64_t* to = counts.data<std::int64_t>();
  fill(counts, 0);
  const double scale = double(bins) / (high - low);
  const std::int64_t parts = std::min<std::int64_t>(thread_count(), (n + grain - 1) / grain);
  if (parts == 0) return;
  std::vector<std::int64_t> own(std::size_t(parts * bins));
  std::int64_t* const all = own.data();
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    const T* edge = edges.data<T>();
    parallel_for(parts, 1, [=](std::int64_t begin, std::int64_t end) {
      const std::int64_t size = (n + parts - 1) / parts;
      for (std::int64_t part = begin; part < end; ++part) {
        std::int64_t* const count = all + part * bins;
        for (std::int64_t i = part * size; i < std::min(n, (part + 1) * size); ++i) {
          const T v = from[i];
          if (!(v >= edge[0] && v <= edge[bins])) continue;
          // A guess, for which edges rounded to T decide; NaN for a scale that is infinite.
          const double place = (double(v) - low) * scale;
          std::int64_t bin = place > 0 ? std::int64_t(std::min(place, double(bins - 1))) : 0;
          if (v < edge[bin] || (bin + 1 < bins && v >= edge[bin + 1]))
            bin = std::upper_bound(edge, edge + bins, v) - edge - 1;
          ++count[bin];
        }
      }
    });
  });
  for (std::int64_t part = 0; part < parts; ++part)
    for (std::int64_t k = 0; k < bins; ++k) to[k] += all[part * bins + k];
}

}  // namespace cinta::kernels
