#pragma once
// What a comparison of registers says, as bits. Only for *_simd.cpp files: each instruction set
// compiles its own copy.

#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>
#ifdef __SSE2__
#include <immintrin.h>
#endif

namespace cinta::kernels {

/// Bit k is set where lane k, which is 0 or -1, is not 0.
inline std::uint64_t lane_bits(const Register<std::int32_t>& lanes) {
#if defined(__AVX512DQ__)
  return _mm512_movepi32_mask(reinterpret_cast<const __m512i&>(lanes));
#elif defined(__AVX2__)
  return std::uint64_t(_mm256_movemask_ps(reinterpret_cast<const __m256&>(lanes)));
#elif defined(__SSE2__)
  return std::uint64_t(_mm_movemask_ps(reinterpret_cast<const __m128&>(lanes)));
#else
  std::uint64_t bits = 0;
  for (int k = 0; k < register_lanes<std::int32_t>; ++k) bits |= std::uint64_t(lanes[k] & 1) << k;
  return bits;
#endif
}
inline std::uint64_t lane_bits(const Register<std::int64_t>& lanes) {
#if defined(__AVX512DQ__)
  return _mm512_movepi64_mask(reinterpret_cast<const __m512i&>(lanes));
#elif defined(__AVX2__)
  return std::uint64_t(_mm256_movemask_pd(reinterpret_cast<const __m256d&>(lanes)));
#elif defined(__SSE2__)
  return std::uint64_t(_mm_movemask_pd(reinterpret_cast<const __m128d&>(lanes)));
#else
  std::uint64_t bits = 0;
  for (int k = 0; k < register_lanes<std::int64_t>; ++k) bits |= std::uint64_t(lanes[k] & 1) << k;
  return bits;
#endif
}

}  // namespace cinta::kernels
