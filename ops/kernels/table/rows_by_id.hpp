#pragma once
// Private to what is done to the rows of a table, one for each of many ids, in their order.

#include <array>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/prefetch.hpp>

namespace cinta::kernels {

/// Rows of x, n of them, for rows of a table that ids name.
template <class T>
struct RowsById {
  const std::int64_t* id;
  std::int64_t n, rows, width;
  const T* x;
};

/// Calls f(row_of(id), x_row) for each id, those of one row in their order: threads have rows of
/// the table and look at all ids. Short rows stay in one thread: others would gain nothing from
/// reading x with gaps.
template <class T, class RowOf, class F>
void for_each_id(const RowsById<T>& by_id, const RowOf& row_of, const F& f) {
  constexpr std::int64_t short_bytes = 256;
  const std::int64_t bytes = by_id.width * std::int64_t(sizeof(T));
  const bool alone = bytes < short_bytes || by_id.n * by_id.width <= grain;
  parallel_for(by_id.rows, alone ? by_id.rows : 1, [=](std::int64_t begin, std::int64_t end) {
    const auto [id, n, rows, width, x] = by_id;
    const RowPrefetch fetch(bytes);
    const bool far = is_far(rows * bytes);
    const bool is_all = begin == 0 && end == rows;
    // Of `count` ids, of which the j-th is id[place(j)].
    const auto run = [=, id = id, width = width, x = x](std::int64_t count, const auto& place) {
      const std::int64_t fetched = far || !is_all ? count - fetch.ahead : 0;
      for (std::int64_t j = 0; j < count; ++j) {
        if (j < fetched) {
          const std::int64_t next = place(j + fetch.ahead);
          if (!is_all) fetch(x + next * width);
          if (far) fetch(row_of(id[next]));
        }
        f(row_of(id[place(j)]), x + place(j) * width);
      }
    };
    if (is_all) return run(n, [](std::int64_t j) { return j; });
    constexpr std::int64_t block = 4096;
    std::array<std::uint16_t, block> own;
    for (std::int64_t first = 0; first < n; first += block) {
      const std::int64_t some = std::min(block, n - first);
      std::int64_t count = 0;
      for (std::int64_t i = 0; i < some; ++i) {  // without branches: half of them would be guessed
        own[std::size_t(count)] = std::uint16_t(i);
        count += id[first + i] >= begin && id[first + i] < end;
      }
      run(count, [&](std::int64_t j) { return first + own[std::size_t(j)]; });
    }
  });
}

}  // namespace cinta::kernels
