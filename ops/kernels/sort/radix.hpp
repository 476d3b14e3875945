#pragma once
// Private to sorting: items by the digits of their keys.

#include <algorithm>
#include <array>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/sort/items.hpp>
#include <utility>
#include <vector>

namespace cinta::kernels {

/// Items below which comparing is faster than counting.
inline constexpr std::int64_t short_row = 512;

/// Sorts items that are in the order of their places, `other` being room for as many, and returns
/// where they are then. Threads have a range each, of which they count digits and then move the
/// items: the order is the same for any number. A digit is a byte: each of its values is a line
/// that is being written, and 256 of them leave room in a first cache.
template <class Key>
Item<Key>* radix_sort(Item<Key>* items, Item<Key>* other, std::int64_t n) {
  if (n <= short_row) {
    std::sort(items, items + n);
    return items;
  }
  using Counts = std::array<std::array<std::int64_t, 256>, sizeof(Key)>;  // of digits' values
  const std::int64_t ranges = n < 4 * grain ? 1 : thread_count();
  const std::int64_t range = (n + ranges - 1) / ranges;
  auto counts = std::vector<Counts>(std::size_t(ranges));
  const auto value = [](const Item<Key>& item, std::size_t digit) {
    return std::size_t(item.first() >> (8 * digit)) & 255;
  };
  const auto for_ranges = [&](const auto& f) {
    parallel_for(ranges, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t r = begin; r < end; ++r)
        f(counts[std::size_t(r)], r * range, std::min(n, (r + 1) * range));
    });
  };
  for_ranges([=](Counts& count, std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i)
      for (std::size_t d = 0; d < sizeof(Key); ++d) ++count[d][value(items[i], d)];
  });
  bool has_moved = false;
  for (std::size_t d = 0; d < sizeof(Key); ++d) {
    const auto of_all = [&](std::size_t v) {
      std::int64_t sum = 0;
      for (const Counts& count : counts) sum += count[d][v];
      return sum;
    };
    if (of_all(value(items[0], d)) == n) continue;
    if (has_moved && ranges > 1)
      for_ranges([=](Counts& count, std::int64_t begin, std::int64_t end) {
        count[d].fill(0);
        for (std::int64_t i = begin; i < end; ++i) ++count[d][value(items[i], d)];
      });
    has_moved = true;
    std::int64_t before = 0;
    for (std::size_t v = 0; v < 256; ++v)
      for (Counts& count : counts) before += std::exchange(count[d][v], before);
    for_ranges([=](Counts& place, std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) other[place[d][value(items[i], d)]++] = items[i];
    });
    std::swap(items, other);
  }
  return items;
}

}  // namespace cinta::kernels
