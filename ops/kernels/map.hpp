#pragma once
// map: elementwise loops over floating arrays, one lambda each, for the _simd.cpp files.

#include <array>
#include <cinta/ops/kernels/batch_memory.hpp>
#include <cinta/ops/kernels/map_math.hpp>
#include <cinta/ops/kernels/map_walk.hpp>
#include <cstring>
#include <utility>

namespace cinta::kernels {
namespace detail {

/// y[i] = f(x[i]...) over dense rows; an input that is `constant` has one element for all i. The
/// rest behind the last whole batch is computed in a batch too: a value never depends on where
/// in a row it stands. With `past_caches`, y is aligned to a cache line, none of the inputs, and
/// too large to be found in a cache later; finish_past_caches() is the caller's.
template <class T, class F, std::size_t... K>
void map_batches(T* y, std::int64_t n, const F& f, const std::array<const T*, sizeof...(K)>& x,
                 const std::array<bool, sizeof...(K)>& constant, bool past_caches,
                 std::index_sequence<K...>) {
  using B = xsimd::batch<T>;
  constexpr std::int64_t width = B::size;
  // A constant input is read from a batch of copies that the pointer stays on.
  alignas(64) T copies[sizeof...(K)][width];
  const T* p[] = {x[K]...};
  std::int64_t step[] = {(constant[K] ? 0 : width)...};
  (void)std::initializer_list<int>{
      (constant[K] ? (B(*p[K]).store_aligned(copies[K]), p[K] = copies[K], 0) : 0)...};
  std::int64_t i = 0;
  if (past_caches) {
    for (; i + width <= n; i += width) {
      (__builtin_prefetch(reinterpret_cast<const char*>(p[K]) + fetch_ahead), ...);
      const B value = f(B::load_unaligned(p[K])...);
      store_past_caches(value, y + i);
      ((p[K] += step[K]), ...);
    }
  }
  for (; i + width <= n; i += width) {
    const B value = f(B::load_unaligned(p[K])...);
    value.store_unaligned(y + i);
    ((p[K] += step[K]), ...);
  }
  if (i < n) {
    const B value = f((constant[K] ? B::load_aligned(p[K]) : load_some(p[K], n - i, *p[K]))...);
    store_some(value, y + i, n - i);
  }
}

/// Rows with any steps (in bytes): those that are neither dense nor constant pass through a buffer.
template <class T, class F, std::size_t... K>
void map_row(char* const (&p)[sizeof...(K) + 1], const std::int64_t (&step)[sizeof...(K) + 1],
             std::int64_t n, const F& f, std::index_sequence<K...> indices) {
  constexpr int count = sizeof...(K);
  constexpr std::int64_t piece = 256;
  constexpr std::int64_t unit = sizeof(T);
  const bool direct = step[0] == unit && ((step[K + 1] == unit || step[K + 1] == 0) && ...);
  if (direct) {
    map_batches<T>(reinterpret_cast<T*>(p[0]), n, f, {reinterpret_cast<const T*>(p[K + 1])...},
                   {(step[K + 1] == 0)...}, false, indices);
    return;
  }
  alignas(64) T buffer[count + 1][piece];
  for (std::int64_t start = 0; start < n; start += piece) {
    const std::int64_t m = std::min(piece, n - start);
    const auto dense = [&](std::size_t k) -> const T* {
      const char* from = p[k] + start * step[k];
      if (step[k] == unit || step[k] == 0) return reinterpret_cast<const T*>(from);
      for (std::int64_t i = 0; i < m; ++i)
        buffer[k][i] = *reinterpret_cast<const T*>(from + i * step[k]);
      return buffer[k];
    };
    T* y = step[0] == unit ? reinterpret_cast<T*>(p[0] + start * unit) : buffer[0];
    map_batches<T>(y, m, f, {dense(K + 1)...}, {(step[K + 1] == 0)...}, false, indices);
    if (y == buffer[0]) {
      for (std::int64_t i = 0; i < m; ++i)
        *reinterpret_cast<T*>(p[0] + (start + i) * step[0]) = buffer[0][i];
    }
  }
}

template <class T, class F, class... X, std::size_t... K>
void map_floats(const Array& y, const F& f, std::index_sequence<K...> indices, const X&... x) {
  const std::int64_t numel = y.numel();
  if (numel == 0) return;
  // Dense tensors of one shape, and single numbers beside them, need no plan.
  const auto same = [&](const Array& a) { return a.is_contiguous() && a.shape == y.shape; };
  if (y.is_contiguous() && ((x.is_uniform() || same(x)) && ...)) {
    const std::array<bool, sizeof...(K)> constant = {(x.is_uniform())...};
    T* const to = y.template data<T>();
    const std::array<const T*, sizeof...(K)> from = {x.template data<T>()...};
    const bool past_caches = goes_past_caches(to, cache_line, numel * std::int64_t(sizeof(T))) &&
                             ((from[K] != to) && ...);
    parallel_for(numel, map_grain, [&](std::int64_t begin, std::int64_t end) {
      map_batches<T>(to + begin, end - begin, f, {(from[K] + (constant[K] ? 0 : begin))...},
                     constant, past_caches, indices);
      if (past_caches) finish_past_caches();
    });
    return;
  }
  const Array arrays[] = {y, x...};
  const Walk<sizeof...(K) + 1> walk(arrays);
  const std::int64_t step[] = {walk.inner_step(0), walk.inner_step(K + 1)...};
  walk.for_each_row([&](char* const(&p)[sizeof...(K) + 1], std::int64_t n) {
    map_row<T>(p, step, n, f, indices);
  });
}

template <class X>
Array as_array(const X& x) {
  return x;
}

}  // namespace detail

/// y[i] = f(x1[i], x2[i], ...): arrays of the floating type T, each broadcast to the shape of y,
/// any strides; y may be one of the inputs. f gets SIMD batches (xsimd::batch<T>) and returns one,
/// with the functions of map_math.hpp: `[s](auto a, auto b) { return exp(a) * decltype(a)(s) + b;
/// }`.
template <class T, class F, class... X>
void map(const Array& y, const F& f, const X&... x) {
  detail::map_floats<T>(y, f, std::index_sequence_for<X...>(), detail::as_array(x)...);
}

}  // namespace cinta::kernels
