#pragma once
// What kernels that work row by row share. Only for *_simd.cpp files: each instruction set compiles
// its own copy.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/ops/kernels/loop/parallel_for.hpp>
#include <cinta/ops/kernels/simd/masked.hpp>
#include <cinta/ops/kernels/simd/math.hpp>
#include <limits>

namespace cinta::kernels {

/// Whether the rows of dense y are to be written with streaming stores.
inline bool rows_are_streamed(const Array& y) {
  const auto size = std::int64_t(size_of(y.dtype));
  return is_worth_streaming(y.memory, y.shape.back() * size, y.numel() * size);
}

/// Calls rows(begin, end, n) for parts of the rows of a (..., n) array, in parallel.
template <class F>
void for_rows(const Array& x, const F& rows) {
  constexpr std::int64_t grain_elements = 8 * 1024;
  const std::int64_t n = x.shape.back();
  if (x.numel() == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, grain_elements / n);
  parallel_for(x.numel() / n, grain,
               [&](std::int64_t begin, std::int64_t end) { rows(begin, end, n); });
}

/// Calls row(i, n) for each row.
template <class F>
void for_each_row(const Array& x, const F& row) {
  for_rows(x, [&](std::int64_t begin, std::int64_t end, std::int64_t n) {
    for (std::int64_t i = begin; i < end; ++i) row(i, n);
  });
}

/// Calls row(i, n, streaming) for each row of dense y (..., n), which it writes, in parallel.
template <class F>
void for_each_row_of(const Array& y, const F& row) {
  const bool streaming = rows_are_streamed(y);
  for_rows(y, [&](std::int64_t begin, std::int64_t end, std::int64_t n) {
    for (std::int64_t i = begin; i < end; ++i) row(i, n, streaming);
    if (streaming) finish_streaming();
  });
}

/// Sixteen numbers side by side, in as many registers as that takes: sums over them do not depend
/// on the width of a register.
template <class T>
struct Lanes {
  using Batch = xsimd::batch<T>;
  static constexpr std::int64_t size = 16;
  static constexpr int width = int(Batch::size), count = int(size) / width;

  Batch part[count];

  Lanes() = default;
  explicit Lanes(T value) {
    for (Batch& p : part) p = Batch(value);
  }
  /// The first m numbers from p; `filling` behind them.
  Lanes(const T* p, std::int64_t m, T filling = T(0)) {
    for (int j = 0; j < count; ++j) {
      const std::int64_t left = m - j * width;
      part[j] = left >= width ? Batch::load_unaligned(p + j * width)
                : left > 0    ? load_some(p + j * width, left, filling)
                              : Batch(filling);
    }
  }
  /// The first m numbers to p; `streaming` is what rows_are_streamed() says of the array.
  void store(T* p, std::int64_t m, bool streaming = false) const {
    if (streaming && m == size) {  // a row of whole cache lines may end within the lanes
      for (int j = 0; j < count; ++j) store_streaming(part[j], p + j * width);
      return;
    }
    for (int j = 0; j < count; ++j) {
      const std::int64_t left = m - j * width;
      if (left >= width)
        part[j].store_unaligned(p + j * width);
      else if (left > 0)
        store_some(part[j], p + j * width, left);
    }
  }
  double sum() const {
    alignas(64) T all[size];
    store(all, size);
    double sums[size / 2];
    for (int k = 0; k < size / 2; ++k) sums[k] = double(all[k]) + double(all[k + size / 2]);
    for (int width = size / 4; width > 0; width /= 2)
      for (int k = 0; k < width; ++k) sums[k] += sums[k + width];
    return sums[0];
  }

  template <class F>
  friend Lanes combine(const Lanes& a, const Lanes& b, const F& f) {
    Lanes y;
    for (int j = 0; j < count; ++j) y.part[j] = f(a.part[j], b.part[j]);
    return y;
  }
  friend Lanes operator+(const Lanes& a, const Lanes& b) {
    return combine(a, b, [](Batch x, Batch y) { return x + y; });
  }
  friend Lanes operator-(const Lanes& a, const Lanes& b) {
    return combine(a, b, [](Batch x, Batch y) { return x - y; });
  }
  friend Lanes operator*(const Lanes& a, const Lanes& b) {
    return combine(a, b, [](Batch x, Batch y) { return x * y; });
  }
  friend Lanes exp(const Lanes& a) {
    return combine(a, a, [](Batch x, Batch) { return kernels::exp(x); });
  }
};

/// Calls f(k, m) for the lanes that begin at element k, of which the first m exist: the last ones
/// too go through whole registers, so that a value does not depend on its place in the row.
template <class T, class F>
void for_lanes(std::int64_t n, const F& f) {
  constexpr std::int64_t size = Lanes<T>::size;
  std::int64_t k = 0;
  for (; k + size <= n; k += size) f(k, size);
  if (k < n) f(k, n - k);
}

/// Combines start and term(k, m) over a row: in four chains, so that one need not wait for another.
template <class T, class Term, class Combine>
Lanes<T> fold_lanes(std::int64_t n, T start, const Term& term, const Combine& combine) {
  constexpr std::int64_t size = Lanes<T>::size;
  Lanes<T> a(start), b(start), c(start), d(start);
  std::int64_t k = 0;
  for (; k + 4 * size <= n; k += 4 * size) {
    a = combine(a, term(k, size));
    b = combine(b, term(k + size, size));
    c = combine(c, term(k + 2 * size, size));
    d = combine(d, term(k + 3 * size, size));
  }
  for (; k + size <= n; k += size) a = combine(a, term(k, size));
  if (k < n) b = combine(b, term(k, n - k));
  return combine(combine(a, b), combine(c, d));
}

/// The sum over a row of term(k, m), which is 0 where nothing exists: in T for short blocks, which
/// add up in double.
template <class T, class F>
double sum_lanes(std::int64_t n, const F& term) {
  constexpr std::int64_t block = 1024;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    total += fold_lanes<T>(
                 std::min(block, n - start), T(0),
                 [&](std::int64_t k, std::int64_t m) { return term(start + k, m); },
                 [](const Lanes<T>& a, const Lanes<T>& b) { return a + b; })
                 .sum();
  }
  return total;
}

template <class T>
inline constexpr T infinity = std::numeric_limits<T>::infinity();

/// The row's elements combined two by two, and with -infinity.
template <class T, class Combine>
[[gnu::flatten]] T fold_row(const T* x, std::int64_t n, const Combine& larger) {
  const Lanes<T> best = fold_lanes<T>(
      n, -infinity<T>,
      [=](std::int64_t k, std::int64_t m) { return Lanes<T>(x + k, m, -infinity<T>); },
      [=](const Lanes<T>& a, const Lanes<T>& b) { return combine(a, b, larger); });
  alignas(64) T all[Lanes<T>::size];
  best.store(all, Lanes<T>::size);
  for (const T b : all)
    if (b > all[0] || b != b) all[0] = b;
  return all[0];
}

/// The largest of the elements that are no NaN, which takes half the time.
template <class T>
T largest_number(const T* x, std::int64_t n) {
  return fold_row(x, n, [](auto v, auto w) { return select(w > v, w, v); });
}

}  // namespace cinta::kernels
