// io/detail/half: every number of 16 bits, and the numbers where rounding decides.

#include <cinta/io/detail/half.hpp>
#include <cmath>
#include <limits>

#include "support/catch_compat.hpp"

namespace {

using namespace cinta::io::detail;

/// By the definition of the format, in double.
template <class Format>
double value_of(std::uint32_t bits) {
  const int exponent = int(bits >> Format::mantissa_bits) & ((1 << Format::exponent_bits) - 1);
  const int fraction = int(bits) & ((1 << Format::mantissa_bits) - 1);
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == (1 << Format::exponent_bits) - 1) return fraction ? NAN : sign * INFINITY;
  const int hidden = exponent == 0 ? 0 : 1 << Format::mantissa_bits;
  const int scale = std::max(exponent, 1) + Format::lowest_exponent - 1 - Format::mantissa_bits;
  return sign * std::ldexp(double(hidden + fraction), scale);
}

template <class Format, class T>
void check_rounding() {
  int wrong = 0;
  const auto expect = [&](T value, std::uint32_t bits) {
    wrong += narrowed<Format>(value) != bits;
    wrong += narrowed<Format>(-value) != (bits | 0x8000);
  };
  constexpr T infinity = std::numeric_limits<T>::infinity();
  for (std::uint32_t low = 0; low < Format::infinity; ++low) {
    // Beyond the largest number lies the one that would follow it.
    const double below = value_of<Format>(low);
    const double above = low + 1 < Format::infinity ? value_of<Format>(low + 1)
                                                    : 2 * below - value_of<Format>(low - 1);
    const T middle = T(below + (above - below) / 2);
    REQUIRE(double(middle) == below + (above - below) / 2);
    expect(T(below), low);
    expect(middle, low + (low & 1));
    expect(std::nextafter(middle, T(0)), low);
    expect(std::nextafter(middle, infinity), low + 1);
  }
  CHECK(wrong == 0);
  expect(std::numeric_limits<T>::max(), Format::infinity);
  expect(infinity, Format::infinity);
  expect(std::numeric_limits<T>::denorm_min(), 0);
  CHECK(wrong == 0);
}

template <class Format>
void check_every_value() {
  int wrong = 0;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = widened<Format>(static_cast<std::uint16_t>(bits));
    const double expected = value_of<Format>(bits);
    wrong += std::isnan(expected) ? !std::isnan(wide) : !(wide == expected);
    wrong += std::signbit(wide) != (bits >> 15);
    wrong += narrowed<Format>(wide) != bits;
    if (!std::isnan(expected)) wrong += narrowed<Format>(expected) != bits;
  }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE(
    "half: all 65,536 values of float16 and bfloat16 are what they stand for, and come back") {
  check_every_value<Float16>();
  check_every_value<BFloat16>();
}

TEST_CASE("half: to the nearest, of two the even one, at every midpoint and beside it") {
  check_rounding<Float16, float>();
  check_rounding<Float16, double>();
  check_rounding<BFloat16, float>();
  check_rounding<BFloat16, double>();
}

TEST_CASE("half: a double is rounded once") {
  // Through a float it would first become 1 + 2^-11, half of the way, and then 1.
  CHECK(to_float16(1 + 0x1p-11 + 0x1p-40) == 0x3C01);
  CHECK(to_bfloat16(1 + 0x1p-8 + 0x1p-40) == 0x3F81);
  CHECK(to_float16(0x1p-25 + 0x1p-70) == 1);
  CHECK(to_float16(0x1p-25) == 0);
}

TEST_CASE("half: a NaN stays one, with its sign, whatever of its payload is lost") {
  const float low_payload = std::bit_cast<float>(0x7F800001u);
  CHECK(to_float16(low_payload) == 0x7C01);
  CHECK(to_bfloat16(low_payload) == 0x7F81);
  CHECK(to_float16(std::bit_cast<float>(0xFFC00000u)) == 0xFE00);
  CHECK(to_float16(std::bit_cast<double>(0xFFF8000000000000u)) == 0xFE00);
  CHECK(to_bfloat16(std::bit_cast<double>(0x7FF0000000000001u)) == 0x7F81);
  CHECK(to_float16(65519.99f) == 0x7BFF);
  CHECK(to_float16(65520.0f) == 0x7C00);
}
