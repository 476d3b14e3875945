#pragma once
// Numbers of 16 bits as files hold them: IEEE 754's binary16 and bfloat16, the upper half of a
// float.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace cinta::io::detail {

/// The layout of a float with `exponent` bits of exponent and `mantissa` bits after the point.
template <int exponent, int mantissa>
struct ShortFloat {
  static constexpr int exponent_bits = exponent, mantissa_bits = mantissa;
  static constexpr std::uint32_t infinity = ((1u << exponent) - 1) << mantissa;
  static constexpr int lowest_exponent = 2 - (1 << (exponent - 1));  // of normal numbers
  static_assert(1 + exponent + mantissa == 16);
};
using Float16 = ShortFloat<5, 10>;
using BFloat16 = ShortFloat<8, 7>;

/// 2 to the power of e, which is a normal number of T.
template <class T>
constexpr T power_of_two(int e) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  return std::bit_cast<T>(static_cast<Bits>(e + std::numeric_limits<T>::max_exponent - 1)
                          << mantissa);
}

/// The number that these bits stand for, exactly; a NaN keeps sign and payload.
template <class Format>
constexpr float widened(std::uint16_t bits) {
  constexpr int shift = 23 - Format::mantissa_bits;
  const std::uint32_t sign = (bits & 0x8000u) << 16, magnitude = bits & 0x7FFFu;
  std::uint32_t wide = magnitude << shift;
  if constexpr (Format::exponent_bits != 8) {
    constexpr std::uint32_t bias = std::uint32_t(Format::lowest_exponent + 126) << 23;
    if (magnitude <
        1u << Format::mantissa_bits)  // 0 or subnormal, which a float has as a normal one
      wide = std::bit_cast<std::uint32_t>(
          static_cast<float>(magnitude) *
          power_of_two<float>(Format::lowest_exponent - Format::mantissa_bits));
    else
      wide += magnitude < Format::infinity ? bias : 2 * bias;
  }
  return std::bit_cast<float>(sign | wide);
}

/// The nearest number of the format to a float or double, of two the even one; what is too large
/// becomes infinite. A NaN keeps its sign and as much of its payload as there is room for.
template <class Format, class T>
constexpr std::uint16_t narrowed(T value) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  constexpr int mantissa = std::numeric_limits<T>::digits - 1;
  constexpr int shift = mantissa - Format::mantissa_bits;
  constexpr Bits one = 1, sign_bit = one << (8 * sizeof(T) - 1);
  constexpr Bits infinity = std::bit_cast<Bits>(std::numeric_limits<T>::infinity());

  const Bits bits = std::bit_cast<Bits>(value), magnitude = bits & ~sign_bit;
  const auto sign = static_cast<std::uint16_t>((bits & sign_bit) >> (8 * sizeof(T) - 16));
  if (magnitude > infinity) {
    const auto payload = static_cast<std::uint32_t>((magnitude - infinity) >> shift);
    return static_cast<std::uint16_t>(sign | Format::infinity | (payload ? payload : 1));
  }
  std::uint32_t rounded;
  if (magnitude < std::bit_cast<Bits>(power_of_two<T>(Format::lowest_exponent))) {
    // A multiple of the format's smallest number: the addition rounds to one, and the lower bits of
    // the sum count it.
    constexpr T large = power_of_two<T>(Format::lowest_exponent + shift);
    rounded = static_cast<std::uint32_t>(std::bit_cast<Bits>(std::bit_cast<T>(magnitude) + large) -
                                         std::bit_cast<Bits>(large));
  } else {
    constexpr int other_bias = std::numeric_limits<T>::max_exponent - 1;
    constexpr Bits bias = Bits(other_bias - 1 + Format::lowest_exponent) << Format::mantissa_bits;
    const Bits half = (one << (shift - 1)) - 1 + ((magnitude >> shift) & 1);
    // Rounding up may carry into the exponent, as it should, and from there to infinity.
    rounded = static_cast<std::uint32_t>(
        std::min<Bits>(((magnitude + half) >> shift) - bias, Format::infinity));
  }
  return static_cast<std::uint16_t>(sign | rounded);
}

constexpr float from_float16(std::uint16_t bits) { return widened<Float16>(bits); }
constexpr float from_bfloat16(std::uint16_t bits) { return widened<BFloat16>(bits); }
template <class T>
constexpr std::uint16_t to_float16(T value) {
  return narrowed<Float16>(value);
}
template <class T>
constexpr std::uint16_t to_bfloat16(T value) {
  return narrowed<BFloat16>(value);
}

}  // namespace cinta::io::detail
