#pragma once
// Sums of any number of rows. One after another, a million float32 numbers would add up to a result
// that is off by percents: so short blocks are added in the elements' own type, and blocks by
// compensated addition. Bits depend on the order of the rows alone.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

namespace cinta::kernels {

/// a + b as elements are added: int64 modulo 2^64.
template <class T>
T element_sum(T a, T b) {
  if constexpr (std::is_same_v<T, std::int64_t>)
    return T(std::uint64_t(a) + std::uint64_t(b));
  else
    return T(a + b);
}

/// Rows of a block.
inline constexpr std::int64_t sum_block = 64;

/// sum += x, and error += what rounding took from that (D. Knuth, "The Art of Computer Programming"
/// 2, 3rd edition, 4.2.2, theorem B).
template <class T>
void add_compensated(T& sum, T& error, T x) {
  const T before = sum;
  sum += x;
  const T gained = sum - before;
  error += (before - (sum - gained)) + (x - gained);
}

/// What the two stand for. An infinite sum has an error of NaN.
template <class T>
T compensated(T sum, T error) {
  return std::isfinite(sum) ? sum + error : sum;
}

/// sum[i] = the i-th elements of `count` rows, added. `add(begin, end, k, n, to)` adds elements k,
/// ..., k + n - 1 of rows begin, ..., end - 1 to `to`, one row after another.
template <class T, class Add>
void sum_rows(std::int64_t count, std::int64_t width, T* sum, const Add& add) {
  std::fill_n(sum, width, T(0));
  if (count <= sum_block) return add(0, count, 0, width, sum);
  constexpr std::int64_t block = 256;
  for (std::int64_t k = 0; k < width; k += block) {
    const std::int64_t n = std::min(block, width - k);
    T part[block], error[block] = {};
    for (std::int64_t j = 0; j < count; j += sum_block) {
      std::fill_n(part, n, T(0));
      add(j, std::min(j + sum_block, count), k, n, part);
      for (std::int64_t i = 0; i < n; ++i) add_compensated(sum[k + i], error[i], part[i]);
    }
    for (std::int64_t i = 0; i < n; ++i) sum[k + i] = compensated(sum[k + i], error[i]);
  }
}

}  // namespace cinta::kernels
