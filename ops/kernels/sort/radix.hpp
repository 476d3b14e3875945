#pragma once
// Private to sorting: items by the digits of their keys.

#include <algorithm>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/sort/items.hpp>
#include <vector>

namespace cinta::kernels {

/// Items below which comparing is faster than counting.
inline constexpr std::int64_t short_row = 512;

/// Sorts items that are in the order of their places, `other` being room for as many, and returns
/// where they are then. Threads have a range each, of which they count digits and then move the
/// items: the order is the same for any number.
template <class Key>
Item<Key>* radix_sort(Item<Key>* items, Item<Key>* other, std::int64_t n) {
  if (n <= short_row) {
    std::sort(items, items + n);
    return items;
  }
  constexpr int digit_bits = 11, digits = 1 << digit_bits;
  const std::int64_t ranges = n < 4 * grain ? 1 : thread_count();
  const std::int64_t range = (n + ranges - 1) / ranges;
  std::vector<std::int64_t> counts(std::size_t(ranges * digits));
  for (int shift = 0; shift < int(8 * sizeof(Key)); shift += digit_bits) {
    std::fill(counts.begin(), counts.end(), 0);
    const auto digit = [shift](const Item<Key>& item) {
      return std::size_t(item.first() >> shift) & (digits - 1);
    };
    const auto for_ranges = [&](const auto& f) {
      parallel_for(ranges, 1, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r)
          f(&counts[std::size_t(r * digits)], r * range, std::min(n, (r + 1) * range));
      });
    };
    for_ranges([=](std::int64_t* count, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) ++count[digit(items[i])];
    });
    std::int64_t before = 0;
    bool moves = true;
    for (int d = 0; d < digits && moves; ++d) {
      const std::int64_t first = before;
      for (std::int64_t r = 0; r < ranges; ++r) {
        std::int64_t& count = counts[std::size_t(r * digits + d)];
        before += std::exchange(count, before);
      }
      moves = before - first < n;  // not all in this one
    }
    if (!moves) continue;
    for_ranges([=](std::int64_t* place, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) other[place[digit(items[i])]++] = items[i];
    });
    std::swap(items, other);
  }
  return items;
}

}  // namespace cinta::kernels
