#include <algorithm>
#include <cinta/ops/kernels/copy/copy.hpp>
#include <cinta/ops/kernels/sort/radix.hpp>
#include <cinta/ops/kernels/sort/search.hpp>

namespace cinta::kernels {
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
        // Either half is as likely: no branch for a processor to guess wrong.
        const T* place = first;
        std::int64_t left = n;
        for (; left > 1; left -= left / 2) place += before(place[left / 2 - 1]) ? left / 2 : 0;
        to[i] = place - first + (left == 1 && before(*place));
      }
    });
  });
}

Unique::Unique(const Array& x) {
  const std::int64_t n = x.numel();
  dispatch(x.dtype, [&]<class T>() {
    room_ = Storage::create(std::size_t(2 * n) * sizeof(ItemOf<T>));
    auto* const items = static_cast<ItemOf<T>*>(room_->data());
    make_items(x.data<T>(), n, false, items);
    const ItemOf<T>* const sorted = radix_sort(items, items + n, n);
    sorted_ = sorted;
    for (std::int64_t i = 0; i < n; ++i)
      count_ += i == 0 || sorted[i].first() != sorted[i - 1].first();
  });
}

void Unique::write(const Array& x, const Array& values, const Array& inverse,
                   const Array& counts) const {
  fill(counts, 0);
  dispatch(x.dtype, [&]<class T>() {
    const auto* const sorted = static_cast<const ItemOf<T>*>(sorted_);
    std::int64_t next = -1;
    for (std::int64_t i = 0; i < x.numel(); ++i) {
      const std::int64_t place = sorted[i].second();
      if (i == 0 || sorted[i].first() != sorted[i - 1].first())
        values.data<T>()[++next] = x.data<T>()[place];
      inverse.data<std::int64_t>()[place] = next;
      ++counts.data<std::int64_t>()[next];
    }
  });
}

namespace {

// y becomes the counts of n elements: count(own, begin, end) adds those of a range. Threads have a
// range and counts each, but where adding these up would be most of the work.
template <class F>
void count_ranges(std::int64_t n, const Array& y, const F& count) {
  fill(y, 0);
  const std::int64_t size = y.numel();
  if (n == 0 || size == 0) return;
  std::int64_t* const to = y.data<std::int64_t>();
  const std::int64_t parts =
      std::clamp<std::int64_t>(std::min(n / grain, n / (4 * size)), 1, thread_count());
  std::vector<std::int64_t> others(std::size_t((parts - 1) * size));
  std::int64_t* const other = others.data();
  parallel_for(parts, 1, [=](std::int64_t begin, std::int64_t end) {
    const std::int64_t part = (n + parts - 1) / parts;
    for (std::int64_t p = begin; p < end; ++p)
      count(p == 0 ? to : other + (p - 1) * size, p * part, std::min(n, (p + 1) * part));
  });
  for (std::int64_t p = 1; p < parts; ++p)
    for (std::int64_t k = 0; k < size; ++k) to[k] += other[(p - 1) * size + k];
}

}  // namespace

void count_ids(const Array& ids, const Array& y) {
  count_ranges(
      ids.numel(), y,
      [id = ids.data<std::int64_t>()](std::int64_t* own, std::int64_t begin, std::int64_t end) {
        for (std::int64_t i = begin; i < end; ++i) ++own[id[i]];
      });
}

void histogram(const Array& x, double low, double high, const Array& edges, const Array& counts) {
  const std::int64_t bins = counts.numel();
  const double scale = double(bins) / (high - low);
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    const T* edge = edges.data<T>();
    count_ranges(x.numel(), counts, [=](std::int64_t* own, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        const T v = from[i];
        if (!(v >= edge[0] && v <= edge[bins])) continue;
        // A guess, for which edges rounded to T decide; NaN for a scale that is infinite.
        const double place = (double(v) - low) * scale;
        std::int64_t bin = place > 0 ? std::int64_t(std::min(place, double(bins - 1))) : 0;
        if (v < edge[bin] || (bin + 1 < bins && v >= edge[bin + 1]))
          bin = std::upper_bound(edge, edge + bins, v) - edge - 1;
        ++own[bin];
      }
    });
  });
}

}  // namespace cinta::kernels
