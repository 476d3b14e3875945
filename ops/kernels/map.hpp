#pragma once
// map: elementwise loops over floating arrays, one lambda each, for the _simd.cpp files.

#include <array>
#include <cinta/ops/kernels/map_math.hpp>
#include <cinta/ops/kernels/map_walk.hpp>
#include <cstring>
#include <utility>

namespace cinta::kernels {
namespace detail {

#ifdef __AVX2__
// A mask of the first n lanes of a batch of floats or doubles.
inline __m256i first_lanes(const float*, std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline __m256i first_lanes(const double*, std::int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}
#endif

/// The first n elements from p; the other lanes repeat the first, so that they hold nothing odd.
template <class T>
xsimd::batch<T> load_some(const T* p, std::int64_t n) {
  using B = xsimd::batch<T>;
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_loadu_ps(B(*p), __mmask16((1u << n) - 1), p);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_loadu_pd(B(*p), __mmask8((1u << n) - 1), p);
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>)
    return _mm256_blendv_ps(B(*p), _mm256_maskload_ps(p, first_lanes(p, n)),
                            _mm256_castsi256_ps(first_lanes(p, n)));
  else if constexpr (std::is_same_v<T, double>)
    return _mm256_blendv_pd(B(*p), _mm256_maskload_pd(p, first_lanes(p, n)),
                            _mm256_castsi256_pd(first_lanes(p, n)));
#endif
  alignas(64) T lanes[B::size];
  B(*p).store_aligned(lanes);
  for (std::int64_t i = 1; i < n; ++i) lanes[i] = p[i];
  return B::load_aligned(lanes);
}

template <class T>
void store_some(const xsimd::batch<T>& values, T* p, std::int64_t n) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), values);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_storeu_pd(p, __mmask8((1u << n) - 1), values);
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>)
    return _mm256_maskstore_ps(p, first_lanes(p, n), values);
  else if constexpr (std::is_same_v<T, double>)
    return _mm256_maskstore_pd(p, first_lanes(p, n), values);
#endif
  alignas(64) T lanes[xsimd::batch<T>::size];
  values.store_aligned(lanes);
  for (std::int64_t i = 0; i < n; ++i) p[i] = lanes[i];
}

/// y[i] = f(x[i]...) over dense rows; an input that is `constant` has one element for all i. The
/// rest behind the last whole batch is computed in a batch too: a value never depends on where
/// in a row it stands.
template <class T, class F, std::size_t... K>
void map_batches(T* y, std::int64_t n, const F& f, const std::array<const T*, sizeof...(K)>& x,
                 const std::array<bool, sizeof...(K)>& constant, std::index_sequence<K...>) {
  using B = xsimd::batch<T>;
  constexpr std::int64_t width = B::size;
  // A constant input is read from a batch of copies that the pointer stays on.
  alignas(64) T copies[sizeof...(K)][width];
  const T* p[] = {x[K]...};
  std::int64_t step[] = {(constant[K] ? 0 : width)...};
  (void)std::initializer_list<int>{
      (constant[K] ? (B(*p[K]).store_aligned(copies[K]), p[K] = copies[K], 0) : 0)...};
  std::int64_t i = 0;
  for (; i + width <= n; i += width) {
    const B value = f(B::load_unaligned(p[K])...);
    value.store_unaligned(y + i);
    ((p[K] += step[K]), ...);
  }
  if (i < n) {
    const B value = f((constant[K] ? B::load_aligned(p[K]) : load_some(p[K], n - i))...);
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
                   {(step[K + 1] == 0)...}, indices);
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
    map_batches<T>(y, m, f, {dense(K + 1)...}, {(step[K + 1] == 0)...}, indices);
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
  if (y.is_contiguous() && ((x.numel() == 1 || same(x)) && ...)) {
    const std::array<bool, sizeof...(K)> constant = {(x.numel() == 1)...};
    T* const to = y.template data<T>();
    const std::array<const T*, sizeof...(K)> from = {x.template data<T>()...};
    parallel_for(numel, map_grain, [&](std::int64_t begin, std::int64_t end) {
      map_batches<T>(to + begin, end - begin, f, {(from[K] + (constant[K] ? 0 : begin))...},
                     constant, indices);
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
