#pragma once
// What a comparison of registers says, as bits. Only for *_simd.cpp files: each instruction set
// compiles its own copy.

#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace cinta::kernels {

/// Bit k is set where lane k, which is 0 or -1, is not 0. Compilers differ in the type of a
/// comparison: any integers of 4 or 8 bytes.
template <class Lanes>
std::uint64_t lane_bits(const Lanes& lanes) {
  [[maybe_unused]] constexpr bool wide = sizeof(lanes[0]) == 8;
#if defined(__AVX512DQ__)
  if constexpr (wide) return _mm512_movepi64_mask(reinterpret_cast<const __m512i&>(lanes));
  return _mm512_movepi32_mask(reinterpret_cast<const __m512i&>(lanes));
#elif defined(__AVX2__)
  if constexpr (wide) return unsigned(_mm256_movemask_pd(reinterpret_cast<const __m256d&>(lanes)));
  return unsigned(_mm256_movemask_ps(reinterpret_cast<const __m256&>(lanes)));
#elif defined(__SSE2__)
  if constexpr (wide) return unsigned(_mm_movemask_pd(reinterpret_cast<const __m128d&>(lanes)));
  return unsigned(_mm_movemask_ps(reinterpret_cast<const __m128&>(lanes)));
#else
  std::uint64_t bits = 0;
  for (std::size_t k = 0; k < sizeof(lanes) / sizeof(lanes[0]); ++k)
    bits |= std::uint64_t(lanes[k] & 1) << k;
  return bits;
#endif
}

}  // namespace cinta::kernels
