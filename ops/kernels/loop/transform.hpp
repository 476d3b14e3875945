#pragma once
// map: elementwise loops over floating arrays, one lambda each, for the _simd.cpp files.

#include <array>
#include <cinta/ops/kernels/loop/contiguous_blocks.hpp>
#include <cinta/ops/kernels/simd/masked.hpp>
#include <cinta/ops/kernels/simd/math.hpp>
#include <utility>

namespace cinta::kernels {
namespace detail {

/// y[i] = f(x[i]...) over dense rows; an input that is `constant` has one element for all i. The
/// rest behind the last whole batch is computed in a batch too: a value never depends on where
/// in a row it stands. With `streaming`, y is aligned to a cache line, none of the inputs, and
/// too large to be found in a cache later; finish_streaming() is the caller's. f is a copy: no
/// store can change what it holds.
template <class T, class F, std::size_t... K>
void map_batches(T* y, std::int64_t n, F f, const std::array<const T*, sizeof...(K)>& x,
                 const std::array<bool, sizeof...(K)>& constant, bool streaming,
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
  if (streaming) {
    for (; i + width <= n; i += width) {
      (__builtin_prefetch(reinterpret_cast<const char*>(p[K]) + fetch_ahead), ...);
      const B value = f(B::load_unaligned(p[K])...);
      store_streaming(value, y + i);
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

template <class T, class F, std::size_t... K>
void map_arrays(std::span<const Array> arrays, const F& f, std::index_sequence<K...> indices) {
  if (arrays[0].numel() == 0) return;
  const auto compute = [&](const Place* p, std::int64_t n, bool streaming) {
    map_batches<T>(reinterpret_cast<T*>(p[0].memory), n, f,
                   {reinterpret_cast<const T*>(p[K + 1].memory)...}, {p[K + 1].constant...},
                   streaming, indices);
  };
  for_each_block_of<sizeof...(K) + 1>(arrays, 1, grain, compute);
}

}  // namespace detail

/// y[i] = f(x1[i], x2[i], ...): arrays of the floating type T, each broadcast to the shape of y,
/// any strides; y may be one of the inputs. f gets SIMD batches (xsimd::batch<T>) and returns one,
/// with the functions of map_math.hpp: `[s](auto a, auto b) { return exp(a) * decltype(a)(s) + b;
/// }`.
template <class T, class F, class... X>
void map(const Array& y, const F& f, const X&... x) {
  const Array arrays[] = {y, x...};
  detail::map_arrays<T>(arrays, f, std::index_sequence_for<X...>());
}

}  // namespace cinta::kernels
