#pragma once
// Some lanes of a register moved together. Only for *_simd.cpp files: each instruction set compiles
// its own copy.

#include <array>
#include <bit>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>
#ifdef __AVX2__
#include <immintrin.h>
#endif

namespace cinta::kernels {

#if defined(__AVX2__) && !defined(__AVX512F__)
namespace detail {

// Byte k of entry `bits` is the lane, of 2^log lanes, with the k-th bit that is set; lanes count in
// parts of 4 bytes.
template <int lanes>
inline constexpr auto lanes_of_bits = [] {
  std::array<std::uint64_t, std::size_t{1} << lanes> table{};
  for (std::size_t bits = 0; bits < table.size(); ++bits) {
    int k = 0;
    for (int lane = 0; lane < lanes; ++lane) {
      if (!(bits >> lane & 1)) continue;
      for (int part = 0; part < 8 / lanes; ++part)
        table[bits] |= std::uint64_t(lane * (8 / lanes) + part) << 8 * k++;
    }
  }
  return table;
}();

}  // namespace detail
#endif

#if defined(__AVX2__)
inline constexpr bool has_compress = true;
#else
inline constexpr bool has_compress = false;
#endif

/// Writes the lanes whose bits are set to `to`, in order, and returns how many they are; a register
/// from there on may be overwritten. Only where has_compress: elsewhere the bits are better taken
/// one by one, of many lanes at a time.
template <class T>
int compress_store([[maybe_unused]] T* to, [[maybe_unused]] const Register<T>& v,
                   std::uint64_t bits) {
  static_assert(sizeof(T) == 4 || sizeof(T) == 8);
#if defined(__AVX512F__)
  const __m512i all = reinterpret_cast<const __m512i&>(v);
  _mm512_storeu_si512(to, sizeof(T) == 4 ? _mm512_maskz_compress_epi32(__mmask16(bits), all)
                                         : _mm512_maskz_compress_epi64(__mmask8(bits), all));
#elif defined(__AVX2__)
  const __m256i places = _mm256_cvtepu8_epi32(
      _mm_cvtsi64_si128(std::int64_t(detail::lanes_of_bits<register_lanes<T>>[bits])));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to),
                      _mm256_permutevar8x32_epi32(reinterpret_cast<const __m256i&>(v), places));
#endif
  return std::popcount(bits);
}

}  // namespace cinta::kernels
