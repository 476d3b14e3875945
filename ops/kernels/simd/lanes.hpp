#pragma once
// Vectors of a few widths, in the translation unit of one instruction set.

#include <type_traits>
#include <utility>
#if defined(__FMA__) || defined(__AVX512F__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace cinta::kernels::CINTA_SIMD {
namespace {

template <class T, int n>
struct LanesOf {
  using type [[gnu::vector_size(n * sizeof(T))]] = T;
};
template <class T>
struct LanesOf<T, 1> {
  using type = T;
};
/// n numbers in a vector; of one, the number itself.
template <class T, int n>
using Lanes = typename LanesOf<T, n>::type;

template <class T, class V>
inline constexpr int lanes_of = int(sizeof(V) / sizeof(T));

/// Loads and stores at any address. Not std::memcpy, of which gcc 12 makes two halves of a register
/// of AVX2 by way of the stack.
template <class V>
[[gnu::always_inline]] inline V get(const void* from) {
  using Anywhere [[gnu::aligned(1), gnu::may_alias]] = V;
  return *static_cast<const Anywhere*>(from);
}
template <class V>
[[gnu::always_inline]] inline void put(void* to, const V& lanes) {
  using Anywhere [[gnu::aligned(1), gnu::may_alias]] = V;
  *static_cast<Anywhere*>(to) = lanes;
}

/// The same number in every lane.
template <class T, class V>
[[gnu::always_inline]] inline V all(T x) {
  if constexpr (std::is_same_v<T, V>) {
    return x;
  } else {
    return [x]<int... i>(std::integer_sequence<int, i...>) { return V{(void(i), x)...}; }
    (std::make_integer_sequence<int, lanes_of<T, V>>());
  }
}

/// a b + c, rounded once where the instruction set can.
template <class T, class V>
[[gnu::always_inline]] inline V fused(V a, V b, V c) {
  [[maybe_unused]] constexpr bool is_float = std::is_same_v<T, float>;
#if defined(__FMA__) || defined(__aarch64__)
  if constexpr (std::is_same_v<T, V>)
    return is_float ? V(__builtin_fmaf(float(a), float(b), float(c))) : V(__builtin_fma(a, b, c));
#endif
#if defined(__FMA__)
  else if constexpr (sizeof(V) == 16 && is_float)
    return V(_mm_fmadd_ps(__m128(a), __m128(b), __m128(c)));
  else if constexpr (sizeof(V) == 16)
    return V(_mm_fmadd_pd(__m128d(a), __m128d(b), __m128d(c)));
  else if constexpr (sizeof(V) == 32 && is_float)
    return V(_mm256_fmadd_ps(__m256(a), __m256(b), __m256(c)));
  else if constexpr (sizeof(V) == 32)
    return V(_mm256_fmadd_pd(__m256d(a), __m256d(b), __m256d(c)));
#if defined(__AVX512F__)
  else if constexpr (is_float)
    return V(_mm512_fmadd_ps(__m512(a), __m512(b), __m512(c)));
  else
    return V(_mm512_fmadd_pd(__m512d(a), __m512d(b), __m512d(c)));
#endif
#elif defined(__aarch64__)
  else if constexpr (is_float) return V(vfmaq_f32(float32x4_t(c), float32x4_t(a), float32x4_t(b)));
  else return V(vfmaq_f64(float64x2_t(c), float64x2_t(a), float64x2_t(b)));
#else
  return a * b + c;
#endif
}

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
