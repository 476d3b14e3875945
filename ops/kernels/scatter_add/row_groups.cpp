#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/scatter_add/row_groups.hpp>
#include <numeric>

namespace cinta::kernels {
namespace {

constexpr std::int64_t nobody = -1;

}  // namespace

RowGroups group_rows(const std::int64_t* ids, std::int64_t count) {
  const std::size_t n = std::size_t(count);
  RowGroups groups;
  groups.ids.resize(n);
  groups.first.resize(n + 2);
  groups.order.resize(n);
  std::vector<std::int64_t> group_of(n);
  // A hash table half full at most, from ids to groups: multiplication mixes the high bits.
  const int bits = std::bit_width(2 * n) + 1;
  std::vector<std::int64_t> slots(std::size_t{1} << bits, nobody);
  std::int64_t size = 0;
  for (std::size_t i = 0; i < n; ++i) {
    std::size_t slot = (std::uint64_t(ids[i]) * 0x9e3779b97f4a7c15) >> (64 - bits);
    while (slots[slot] != nobody && groups.ids[std::size_t(slots[slot])] != ids[i])
      slot = (slot + 1) & (slots.size() - 1);
    if (slots[slot] == nobody) {
      groups.ids[std::size_t(size)] = ids[i];
      slots[slot] = size++;
    }
    ++groups.first[std::size_t(group_of[i] = slots[slot]) + 2];
  }
  groups.ids.resize(std::size_t(size));
  // Sizes become ends, and each place that is filled in moves its group's end on.
  for (std::size_t g = 2; g < std::size_t(size) + 2; ++g) groups.first[g] += groups.first[g - 1];
  for (std::size_t i = 0; i < n; ++i)
    groups.order[std::size_t(groups.first[std::size_t(group_of[i]) + 1]++)] = std::int64_t(i);
  groups.first.resize(std::size_t(size) + 1);
  return groups;
}

RowGroups by_ids(const RowGroups& groups) {
  std::vector<std::int64_t> from(groups.ids.size());
  std::iota(from.begin(), from.end(), 0);
  std::sort(from.begin(), from.end(), [&](std::int64_t a, std::int64_t b) {
    return groups.ids[std::size_t(a)] < groups.ids[std::size_t(b)];
  });
  RowGroups sorted;
  sorted.first.push_back(0);
  for (const std::int64_t g : from) {
    const auto places = groups.places(g);
    sorted.ids.push_back(groups.ids[std::size_t(g)]);
    sorted.order.insert(sorted.order.end(), places.begin(), places.end());
    sorted.first.push_back(std::int64_t(sorted.order.size()));
  }
  return sorted;
}

void sum_groups(const Array& x, const RowGroups& groups, const Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t width = y.numel() / groups.size();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    parallel_for(groups.size(), grain_of(width), [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i)
        sum_places(from, width, groups.places(i), 0, width, to + i * width);
    });
  });
}

}  // namespace cinta::kernels
