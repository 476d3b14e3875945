#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/parallel.hpp>
#include <cinta/ops/kernels/sparse_rows.hpp>
#include <limits>

namespace cinta::kernels {
namespace {

// Elements below which a second thread costs more than it gives.
constexpr std::int64_t grain = 32 * 1024;

// Narrow words where they hold all: half the memory to sort.
template <class Word>
struct Entry {
  Word id, position;
};

// Stable, by digits of 11 bits from the lowest.
template <class Word>
void radix_sort(std::vector<Entry<Word>>& entries, Word largest) {
  constexpr int digit = 11;
  std::vector<Entry<Word>> sorted(entries.size());
  for (int shift = 0; shift < int(std::bit_width(largest)); shift += digit) {
    Word start[(1 << digit) + 1] = {};
    const auto bucket = [=](const Entry<Word>& e) { return e.id >> shift & ((1 << digit) - 1); };
    for (const Entry<Word>& e : entries) ++start[bucket(e) + 1];
    for (int i = 0; i < 1 << digit; ++i) start[i + 1] += start[i];
    for (const Entry<Word>& e : entries) sorted[start[bucket(e)]++] = e;
    entries.swap(sorted);
  }
}

template <class Word>
RowGroups group(const std::int64_t* ids, std::size_t count, std::int64_t largest) {
  std::vector<Entry<Word>> entries(count);
  for (std::size_t i = 0; i < count; ++i) entries[i] = {Word(ids[i]), Word(i)};
  if (!std::is_sorted(ids, ids + count)) radix_sort(entries, Word(largest));
  RowGroups groups;
  groups.order.resize(count);
  groups.ids.resize(count);
  groups.first.resize(count + 1);
  std::size_t size = 0;
  for (std::size_t i = 0; i < count; ++i) {
    groups.order[i] = std::int64_t(entries[i].position);
    if (i > 0 && entries[i].id == entries[i - 1].id) continue;
    groups.ids[size] = std::int64_t(entries[i].id);
    groups.first[size++] = std::int64_t(i);
  }
  groups.first[size] = std::int64_t(count);
  groups.ids.resize(size);
  groups.first.resize(size + 1);
  return groups;
}

}  // namespace

RowGroups group_rows(const std::int64_t* ids, std::int64_t count) {
  const std::int64_t largest = count ? *std::max_element(ids, ids + count) : 0;
  return std::max(largest, count) <= std::numeric_limits<std::uint32_t>::max()
             ? group<std::uint32_t>(ids, std::size_t(count), largest)
             : group<std::uint64_t>(ids, std::size_t(count), largest);
}

void sum_groups(const Array& x, const RowGroups& groups, const Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t width = y.numel() / groups.size();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    parallel_for(groups.size(), std::max<std::int64_t>(1, grain / width),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i)
                     sum_places(from, width, groups.places(i), 0, width, to + i * width);
                 });
  });
}

}  // namespace cinta::kernels
