#pragma once
// Private to sorting: the elements of some ranks of a row, without sorting it.

#include <algorithm>
#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/sort/items.hpp>
#include <cinta/ops/kernels/sort/within.hpp>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

namespace cinta::kernels {

/// Of a long row a sample says between which elements those ranks lie, and what lies there is a row
/// to select from in the same way; where the sample was wrong, or most elements are there, all are
/// looked at (R. W. Floyd and R. L. Rivest, "Expected time bounds for selection", 1975).
template <class T>
class Selection {
 public:
  Selection(const T* x, std::int64_t n, bool descending) : x_(x), n_(n), descending_(descending) {}

  /// The items that have at least `first` and at most `last` others before them, in the order of
  /// their places.
  std::vector<ItemOf<T>> ranks(std::int64_t first, std::int64_t last) {
    if constexpr (!std::is_same_v<T, bool>) {
      if (n_ > near) {
        Band band = bounds(first, last);
        if (find(band) && first >= band.before && last < band.before + band.count)
          return from(band, first, last);
      }
    }
    return from_all(first, last);
  }

  /// Whether ranks() saw a NaN, of which it misses none.
  bool has_nan() const { return has_nan_; }

 private:
  using Key = typename Keys<T>::Key;
  static constexpr std::int64_t near = 4 * 1024;
  static constexpr Key largest = std::numeric_limits<Key>::max();

  // Elements from `low` to `high`, keys of the order that is asked for.
  struct Band {
    Key low, high;
    T least = T(0), most = T(0);  // the same as elements, in rising order
    bool with_nan = false;
    std::int64_t before = 0, count = 0, expected;
    std::vector<std::uint16_t> counts = {};  // in each block of the row
    Ref<Storage> kept = {};                  // one after the other; none where all are equal

    bool has(T v) const { return !(v < least) && (with_nan ? !(v > most) : v <= most); }
  };

  std::vector<ItemOf<T>> from_all(std::int64_t first, std::int64_t last) {
    std::vector<ItemOf<T>> items(static_cast<std::size_t>(n_));
    make_items(x_, n_, descending_, items.data());
    for (const ItemOf<T>& item : items)
      has_nan_ |= is_nan(descending_ ? Key(~item.first()) : item.first());
    const auto begin = items.begin() + first, end = items.begin() + last + 1;
    if (end != items.end()) std::nth_element(items.begin(), end - 1, items.end());
    if (first > 0 && (first < last || end == items.end()))
      std::nth_element(items.begin(), begin, end);
    items.erase(end, items.end());
    items.erase(items.begin(), begin);
    std::sort(items.begin(), items.end(),
              [](const auto& a, const auto& b) { return a.second() < b.second(); });
    return items;
  }

  std::vector<ItemOf<T>> from(const Band& band, std::int64_t first, std::int64_t last) const {
    std::vector<ItemOf<T>> items;
    first -= band.before, last -= band.before;
    if (band.kept) {
      Selection inner(static_cast<const T*>(band.kept->data()), band.count, descending_);
      items = band.count > n_ / 2 ? inner.from_all(first, last) : inner.ranks(first, last);
    } else {
      for (std::int64_t k = first; k <= last; ++k) items.push_back(ItemOf<T>::of(band.low, k));
    }
    // Their places among those of the band become places in the row.
    std::int64_t block = 0, before = 0, passed = 0, place = 0;
    for (ItemOf<T>& item : items) {
      while (before + band.counts[std::size_t(block)] <= item.second()) {
        before += band.counts[std::size_t(block++)];
        passed = before;
        place = block * WithinBounds::block;
      }
      for (;; ++place)
        if (band.has(x_[place]) && passed++ == item.second()) break;
      item = ItemOf<T>::of(item.first(), place++);
    }
    return items;
  }

  // Keys that a sample has four of its deviations before and behind these ranks. Its places are
  // drawn, one from each part of the row: what repeats itself there does not show.
  Band bounds(std::int64_t first, std::int64_t last) const {
    const std::int64_t size = n_ > 1 << 17 ? 4096 : 1024, step = n_ / size;
    std::vector<Key> sample(static_cast<std::size_t>(size));
    for (std::int64_t i = 0; i < size; ++i) {
      const std::uint64_t drawn = (std::uint64_t(i) * 0x9e3779b97f4a7c15) >> 32;
      sample[std::size_t(i)] =
          Keys<T>::of(x_[i * step + std::int64_t(drawn % std::uint64_t(step))], descending_);
    }
    const auto rank = [=, this](std::int64_t k, int side) {
      const double share = double(k) / double(n_);
      return std::int64_t(share * double(size)) +
             side * std::int64_t(4 * std::sqrt(double(size) * share * (1 - share)) + 4);
    };
    const std::int64_t low = first == 0 ? -1 : rank(first, -1), high = rank(last, 1);
    const auto begin = sample.begin();
    const std::int64_t ranks = std::min(high, size) - std::max<std::int64_t>(low, 0) + 1;
    Band band{.low = 0, .high = largest, .expected = ranks * step};
    if (low >= 0) {
      std::nth_element(begin, begin + low, sample.end());
      band.low = begin[low];
    }
    if (high < size) {
      std::nth_element(begin + std::max<std::int64_t>(low, 0), begin + high, sample.end());
      band.high = begin[high];
    }
    return band;
  }

  static bool is_nan(Key key) { return std::is_floating_point_v<T> && key == largest; }

  // The element with a key of the rising order; beyond the numbers the last one.
  static T element(Key key) {
    if constexpr (std::is_floating_point_v<T>) {
      constexpr T infinity = std::numeric_limits<T>::infinity();
      if (key <= Keys<T>::of(-infinity, false)) return -infinity;
      if (key >= Keys<T>::of(infinity, false)) return infinity;
    }
    return Keys<T>::value(key, false, T(0));
  }

  // Looks at the row, unless NaN is all that is asked for.
  bool find(Band& band) {
    const Key low = descending_ ? Key(~band.high) : band.low,
              high = descending_ ? Key(~band.low) : band.high;
    if (low > high || is_nan(low)) return false;
    band.least = element(low), band.most = element(high);
    band.with_nan = is_nan(high);
    const std::int64_t ranges = n_ < 4 * grain ? 1 : thread_count(), unit = WithinBounds::most,
                       range = (n_ + ranges * unit - 1) / (ranges * unit) * unit;
    band.counts.resize(std::size_t((n_ + WithinBounds::block - 1) / WithinBounds::block));
    // A thread has room for twice what the sample has in the band, or for all if that is not
    // enough.
    const bool keep = low != high;
    std::int64_t room = keep ? std::min(range, 2 * band.expected) : 0;
    std::vector<Within> parts;
    while (!look(band, ranges, range, room, parts)) room = range;
    for (std::size_t r = 0; r < parts.size(); ++r) {
      const Within& part = parts[r];
      if (keep && r > 0) {
        T* const kept = static_cast<T*>(band.kept->data());
        std::memmove(kept + band.count, kept + std::int64_t(r) * stride_of(room),
                     std::size_t(part.count) * sizeof(T));
      }
      band.before += part.below, band.count += part.count;
      has_nan_ |= part.has_nan;
    }
    if (descending_) band.before = n_ - band.before - band.count;
    return true;
  }

  // What one call more may write is behind that.
  static std::int64_t stride_of(std::int64_t room) {
    return room + WithinBounds::most + WithinBounds::spare / std::int64_t(sizeof(T));
  }

  // Threads have a range each. False if what lies in the band did not fit.
  bool look(Band& band, std::int64_t ranges, std::int64_t range, std::int64_t room,
            std::vector<Within>& parts) {
    parts.assign(std::size_t(ranges), {});
    if (room > 0) band.kept = Storage::create(std::size_t(ranges * stride_of(room)) * sizeof(T));
    T* const kept = room > 0 ? static_cast<T*>(band.kept->data()) : nullptr;
    parallel_for(ranges, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r) {
        Within& part = parts[std::size_t(r)];
        T* const to = kept ? kept + r * stride_of(room) : nullptr;
        const std::int64_t last = std::min(n_, (r + 1) * range);
        for (std::int64_t i = r * range; i < last && (!to || part.count <= room);
             i += WithinBounds::most) {
          keep_within({dtype_of<T>, x_ + i, std::min(WithinBounds::most, last - i), &band.least,
                       &band.most, band.with_nan},
                      to ? to + part.count : to, &band.counts[std::size_t(i / WithinBounds::block)],
                      part);
        }
      }
    });
    return !kept || std::all_of(parts.begin(), parts.end(),
                                [=](const Within& part) { return part.count <= room; });
  }

  const T* x_;
  std::int64_t n_;
  bool descending_, has_nan_ = false;
};

}  // namespace cinta::kernels
