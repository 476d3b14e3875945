#include <algorithm>
#include <bit>
#include <cinta/ops/kernels/parallel.hpp>
#include <cinta/ops/kernels/sparse_rows.hpp>

namespace cinta::kernels {
namespace {

// Elements below which a second thread costs more than it gives.
constexpr std::int64_t grain = 32 * 1024;

struct Entry {
  std::int64_t id, position;
};

// Stable, by digits of 11 bits from the lowest.
void radix_sort(std::vector<Entry>& entries, std::int64_t largest) {
  constexpr int digit = 11;
  std::vector<Entry> sorted(entries.size());
  for (int shift = 0; shift < int(std::bit_width(std::uint64_t(largest))); shift += digit) {
    std::int64_t start[(1 << digit) + 1] = {};
    const auto bucket = [=](const Entry& e) { return e.id >> shift & ((1 << digit) - 1); };
    for (const Entry& e : entries) ++start[bucket(e) + 1];
    for (int i = 0; i < 1 << digit; ++i) start[i + 1] += start[i];
    for (const Entry& e : entries) sorted[std::size_t(start[bucket(e)]++)] = e;
    entries.swap(sorted);
  }
}

}  // namespace

RowGroups group_rows(const std::int64_t* ids, std::int64_t count) {
  std::vector<Entry> entries(static_cast<std::size_t>(count));
  bool grows = true;
  std::int64_t largest = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    entries[std::size_t(i)] = {ids[i], i};
    grows = grows && (i == 0 || ids[i - 1] <= ids[i]);
    largest = std::max(largest, ids[i]);
  }
  if (!grows) radix_sort(entries, largest);
  RowGroups groups;
  groups.order.resize(std::size_t(count));
  for (std::int64_t i = 0; i < count; ++i) {
    const Entry& e = entries[std::size_t(i)];
    groups.order[std::size_t(i)] = e.position;
    if (i > 0 && groups.ids.back() == e.id) continue;
    groups.ids.push_back(e.id);
    groups.first.push_back(i);
  }
  groups.first.push_back(count);
  return groups;
}

void sum_groups(const Array& x, const RowGroups& groups, const Array& y) {
  if (y.numel() == 0) return;
  const std::int64_t width = y.numel() / groups.size();
  dispatch_floating(y.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    parallel_for(groups.size(), std::max<std::int64_t>(1, grain / width),
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     const std::int64_t* j = groups.order.data() + groups.first[std::size_t(i)];
                     const std::int64_t* last =
                         groups.order.data() + groups.first[std::size_t(i) + 1];
                     T* sum = to + i * width;
                     std::copy_n(from + *j * width, width, sum);
                     while (++j != last)
                       for (std::int64_t k = 0; k < width; ++k) sum[k] += from[*j * width + k];
                   }
                 });
  });
}

}  // namespace cinta::kernels
