#pragma once
// Private to sorting: the k-th element of a row, and the first k, without sorting it.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/sort/items.hpp>
#include <cinta/ops/kernels/sort/within.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace cinta::kernels {

template <class T>
void make_items(const T* x, std::int64_t n, bool descending, ItemOf<T>* items) {
  parallel_for(n, grain, [=](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      items[i] = ItemOf<T>::of(Keys<T>::of(x[i], descending), i);
  });
}

/// Of a long row a sample says between which elements the k-th lies, and only these are kept and
/// looked at; where the sample was wrong, all of them are (R. W. Floyd and R. L. Rivest, "Expected
/// time bounds for selection", 1975).
template <class T>
class Selection {
 public:
  Selection(const T* x, std::int64_t n, bool descending) : x_(x), n_(n), descending_(descending) {}

  /// The item that has k before it.
  ItemOf<T> kth(std::int64_t k) const { return pair(k, false).first; }

  /// That and the one behind it, which is only looked for if it is wanted.
  std::pair<ItemOf<T>, ItemOf<T>> pair(std::int64_t k, bool both) const {
    Part part = around(k, k + both);
    const auto first = part.items.begin() + (k - part.before);
    std::nth_element(part.items.begin(), first, part.items.end());
    return {*first, both ? *std::min_element(first + 1, part.items.end()) : *first};
  }

  /// The first k, in no order.
  std::vector<ItemOf<T>> first(std::int64_t k) const {
    if (k == 0) return {};
    Part part = around(0, k - 1);
    const auto end = part.items.begin() + k;
    if (end != part.items.end()) std::nth_element(part.items.begin(), end, part.items.end());
    part.items.erase(end, part.items.end());
    return std::move(part.items);
  }

 private:
  using Key = typename Keys<T>::Key;
  static constexpr std::int64_t near = 8 * 1024;
  static constexpr Key largest = std::numeric_limits<Key>::max();

  // Items in the order of their places, and how many come before all of them.
  struct Part {
    std::int64_t before = 0;
    std::vector<ItemOf<T>> items;
  };

  Part all() const {
    Part part{0, std::vector<ItemOf<T>>(std::size_t(n_))};
    make_items(x_, n_, descending_, part.items.data());
    return part;
  }

  // Those that certainly have the first-th to the last-th among them.
  Part around(std::int64_t first, std::int64_t last) const {
    if constexpr (!std::is_same_v<T, bool>) {
      if (n_ > near) {
        const auto [low, high] = bounds(first, last);
        if (low <= high && !is_nan(descending_ ? Key(~high) : low)) {
          Part part = between(low, high);
          if (first >= part.before && last < part.before + std::int64_t(part.items.size()))
            return part;
        }
      }
    }
    return all();
  }

  // Keys that a sample has four of its deviations before and behind these ranks. Its places are
  // drawn, one from each part of the row: what repeats itself there does not show.
  std::pair<Key, Key> bounds(std::int64_t first, std::int64_t last) const {
    const std::int64_t size = n_ > 1 << 20 ? 32768 : n_ > 1 << 17 ? 4096 : 1024, step = n_ / size;
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
    auto begin = sample.begin();
    Key smallest = 0, greatest = largest;
    if (low >= 0) {
      std::nth_element(begin, begin + low, sample.end());
      smallest = begin[low];
    }
    if (high < size) {
      std::nth_element(begin + std::max<std::int64_t>(low, 0), begin + high, sample.end());
      greatest = begin[high];
    }
    return {smallest, greatest};
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

  // Threads have a range each.
  Part between(Key low, Key high) const {
    const std::int64_t ranges = n_ < 4 * grain ? 1 : thread_count(),
                       range = (n_ + ranges - 1) / ranges;
    if (descending_) low = Key(~std::exchange(high, Key(~low)));
    const T from = element(low), to = element(high);
    const bool with_nan = is_nan(high);
    std::vector<Part> parts{std::size_t(ranges)};
    parallel_for(ranges, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        find(from, to, with_nan, r * range, std::min(n_, (r + 1) * range), parts[std::size_t(r)]);
    });
    for (std::size_t r = 1; r < parts.size(); ++r) {
      parts[0].before += parts[r].before;
      parts[0].items.insert(parts[0].items.end(), parts[r].items.begin(), parts[r].items.end());
    }
    if (descending_) parts[0].before = n_ - parts[0].before - std::int64_t(parts[0].items.size());
    return std::move(parts[0]);
  }

  void find(T from, T to, bool with_nan, std::int64_t begin, std::int64_t end, Part& part) const {
    std::uint16_t places[WithinBounds::most];
    for (; begin < end; begin += WithinBounds::most) {
      const std::int64_t count = std::min(WithinBounds::most, end - begin);
      std::int64_t found = 0;
      find_within({dtype_of<T>, x_ + begin, count, &from, &to, with_nan}, places, found,
                  part.before);
      for (std::int64_t i = 0; i < found; ++i) {
        const std::int64_t place = begin + places[i];
        part.items.push_back(ItemOf<T>::of(Keys<T>::of(x_[place], descending_), place));
      }
    }
  }

  const T* x_;
  std::int64_t n_;
  bool descending_;
};

}  // namespace cinta::kernels
