#pragma once
// What kernels that work row by row share. Only for *_simd.cpp files: each instruction set compiles
// its own copy.

#include <cinta/autograd/storage.hpp>
#include <cinta/ops/kernels/map_math.hpp>
#include <cinta/ops/kernels/parallel.hpp>

namespace cinta::kernels {

/// Calls row(i, n) for each row of a (..., n) array, in parallel.
template <class F>
void for_each_row(const Array& x, const F& row) {
  constexpr std::int64_t grain_elements = 8 * 1024;
  const std::int64_t n = x.shape.back();
  if (x.numel() == 0) return;
  const std::int64_t grain = std::max<std::int64_t>(1, grain_elements / n);
  parallel_for(x.numel() / n, grain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) row(i, n);
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
    alignas(64) T rest[size];
    if (m < size) {
      std::fill(std::copy(p, p + m, rest), rest + size, filling);
      p = rest;
    }
    for (int j = 0; j < count; ++j) part[j] = Batch::load_unaligned(p + j * width);
  }
  void store(T* p, std::int64_t m) const {
    alignas(64) T rest[size];
    T* to = m < size ? rest : p;
    for (int j = 0; j < count; ++j) part[j].store_unaligned(to + j * width);
    if (m < size) std::copy(rest, rest + m, p);
  }

  double sum() const {
    alignas(64) T all[size];
    store(all, size);
    double total = 0;
    for (const T value : all) total += double(value);
    return total;
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
    return combine(a, a, [](Batch x, Batch) { return xsimd::exp(x); });
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

/// The sum over a row of term(k, m), which is 0 where nothing exists: in T for short blocks, which
/// add up in double.
template <class T, class F>
double sum_lanes(std::int64_t n, const F& term) {
  constexpr std::int64_t block = 1024;
  double total = 0;
  for (std::int64_t start = 0; start < n; start += block) {
    Lanes<T> sums(T(0));
    for_lanes<T>(std::min(block, n - start),
                 [&](std::int64_t k, std::int64_t m) { sums = sums + term(start + k, m); });
    total += sums.sum();
  }
  return total;
}

}  // namespace cinta::kernels
