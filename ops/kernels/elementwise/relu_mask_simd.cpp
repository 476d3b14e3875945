// Compiled once per instruction set; see simd/dispatch.hpp.
//
// 512 elements are 32 rows of 16 lanes, and have 16 words: bit r of word l is that of lane l in row
// r. So neighbours differ in the word, not in the bit, and any registers do for all that is done.

#include <algorithm>
#include <cinta/ops/kernels/elementwise/relu_mask.hpp>
#include <cinta/ops/kernels/loop/strided_walk.hpp>
#include <cstring>
#include <type_traits>

#ifndef CINTA_SIMD
#define CINTA_SIMD baseline
#endif

namespace cinta::kernels::CINTA_SIMD {

void make_relu_mask(const Array& x, const Array& words);
void apply_relu_mask(const Array& x, const Array& words, const Array& y);

namespace {

constexpr int lanes = 16, rows = 32;
constexpr std::int64_t group = lanes * rows;

// Calls f(g, n) for each group of 512 elements, or n in the last one, in parallel.
template <class F>
void for_each_group(std::int64_t numel, const F& f) {
  parallel_for((numel + group - 1) / group, grain / group,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t g = begin; g < end; ++g)
                   f(g, std::min(group, numel - g * group));
               });
}

template <class T>
struct RowOf {
  using type [[gnu::vector_size(lanes * sizeof(T))]] = T;
};
template <class T>
using Row = typename RowOf<T>::type;
template <class T>
using Truth = Row<std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>>;

using Words = Row<std::uint32_t>;

// Calls f(r, bytes) for the rows that n elements fill, the last of which may have less than all.
template <class T, class F>
[[gnu::always_inline]] inline void for_each_row(std::int64_t n, const F& f) {
  constexpr std::size_t whole = sizeof(Row<T>);
  if (n == group) {
#pragma GCC unroll 4
    for (int r = 0; r < rows; ++r) f(r, whole);
    return;
  }
  for (int r = 0; r * lanes < n; ++r) f(r, std::min(whole, std::size_t(n - r * lanes) * sizeof(T)));
}

template <class T>
void find(const T* x, std::int64_t n, std::uint32_t* words) {
  Words bits = {};
  for_each_row<T>(
      n, [&](int r, std::size_t bytes) __attribute__((always_inline)) {
        Row<T> row = {};
        std::memcpy(&row, x + r * lanes, bytes);
        const Truth<T> kept = ~(row <= T(0));
        bits |= __builtin_convertvector(kept, Words) & (std::uint32_t(1) << r);
      });
  std::memcpy(words, &bits, sizeof bits);
}

template <class T>
void keep(const T* x, std::int64_t n, const std::uint32_t* words, T* y) {
  Words bits;
  std::memcpy(&bits, words, sizeof bits);
  for_each_row<T>(
      n, [&](int r, std::size_t bytes) __attribute__((always_inline)) {
        Row<T> row = {};
        std::memcpy(&row, x + r * lanes, bytes);
        const Truth<T> kept = __builtin_convertvector((bits >> r & 1) != 0, Truth<T>);
        row = kept ? row : Row<T>{};
        std::memcpy(y + r * lanes, &row, bytes);
      });
}

}  // namespace

void make_relu_mask(const Array& x, const Array& words) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    std::uint32_t* to = static_cast<std::uint32_t*>(words.memory);
    for_each_group(x.numel(), [=](std::int64_t g, std::int64_t n) {
      find(from + g * group, n, to + g * lanes);
    });
  });
}

void apply_relu_mask(const Array& x, const Array& words, const Array& y) {
  dispatch_floating(x.dtype, [&]<class T>() {
    const T* from = x.data<T>();
    T* to = y.data<T>();
    const std::uint32_t* bits = static_cast<const std::uint32_t*>(words.memory);
    for_each_group(x.numel(), [=](std::int64_t g, std::int64_t n) {
      keep(from + g * group, n, bits + g * lanes, to + g * group);
    });
  });
}

}  // namespace cinta::kernels::CINTA_SIMD
