#pragma once
// Loads and stores of SIMD batches beyond those of xsimd. Only for *_simd.cpp files.

#include <algorithm>
#include <cinta/ops/kernels/simd/streaming.hpp>
#include <cinta/ops/kernels/simd/xsimd.hpp>
#include <type_traits>

namespace cinta::kernels {

#ifdef __AVX2__
namespace detail {

// A mask of the first n lanes of a batch of floats or doubles.
inline __m256i first_lanes(const float*, std::int64_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32(int(n)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
inline __m256i first_lanes(const double*, std::int64_t n) {
  return _mm256_cmpgt_epi64(_mm256_set1_epi64x(n), _mm256_setr_epi64x(0, 1, 2, 3));
}

}  // namespace detail
#endif

/// The first n elements from p, at most a batch; `filling` in the other lanes.
template <class T>
xsimd::batch<T> load_some(const T* p, std::int64_t n, T filling) {
  using B = xsimd::batch<T>;
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_loadu_ps(B(filling), __mmask16((1u << n) - 1), p);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_loadu_pd(B(filling), __mmask8((1u << n) - 1), p);
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>)
    return _mm256_blendv_ps(B(filling), _mm256_maskload_ps(p, detail::first_lanes(p, n)),
                            _mm256_castsi256_ps(detail::first_lanes(p, n)));
  else if constexpr (std::is_same_v<T, double>)
    return _mm256_blendv_pd(B(filling), _mm256_maskload_pd(p, detail::first_lanes(p, n)),
                            _mm256_castsi256_pd(detail::first_lanes(p, n)));
#endif
  alignas(64) T lanes[B::size];
  B(filling).store_aligned(lanes);
  std::copy(p, p + std::min(n, std::int64_t(B::size)), lanes);  // or gcc 14 fears for the others
  return B::load_aligned(lanes);
}

/// The first n lanes, at most all.
template <class T>
void store_some(const xsimd::batch<T>& values, T* p, std::int64_t n) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>)
    return _mm512_mask_storeu_ps(p, __mmask16((1u << n) - 1), values);
  else if constexpr (std::is_same_v<T, double>)
    return _mm512_mask_storeu_pd(p, __mmask8((1u << n) - 1), values);
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>)
    return _mm256_maskstore_ps(p, detail::first_lanes(p, n), values);
  else if constexpr (std::is_same_v<T, double>)
    return _mm256_maskstore_pd(p, detail::first_lanes(p, n), values);
#endif
  constexpr std::int64_t size = xsimd::batch<T>::size;
  alignas(64) T lanes[size];
  values.store_aligned(lanes);
  std::copy(lanes, lanes + std::min(n, size), p);
}

/// To p, which is aligned to the batch, without having it in a cache; finish_streaming() comes
/// after the last one.
template <class T>
void store_streaming(const xsimd::batch<T>& values, T* p) {
#if defined(__AVX512F__)
  if constexpr (std::is_same_v<T, float>) return _mm512_stream_ps(p, values);
  if constexpr (std::is_same_v<T, double>) return _mm512_stream_pd(p, values);
#elif defined(__AVX2__)
  if constexpr (std::is_same_v<T, float>) return _mm256_stream_ps(p, values);
  if constexpr (std::is_same_v<T, double>) return _mm256_stream_pd(p, values);
#elif defined(__SSE2__)
  if constexpr (std::is_same_v<T, float>) return _mm_stream_ps(p, values);
  if constexpr (std::is_same_v<T, double>) return _mm_stream_pd(p, values);
#endif
  values.store_aligned(p);
}

}  // namespace cinta::kernels
