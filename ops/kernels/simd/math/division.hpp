#pragma once
// Quotients rounded to whole numbers and what they leave of the dividend. Only for *_simd.cpp
// files.
//
// Whole numbers divided by 0 give 0, and by -1 what fits: both would end the program.

#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/parts.hpp>
#include <cstdint>
#include <type_traits>

namespace cinta::kernels {

namespace detail {

/// fmod, exactly. What has a quotient of 2^52 or more, and infinity, 0 and NaN, are for the C
/// library.
template <class A>
Doubles<A> floating_fmod(const Doubles<A>& a, const Doubles<A>& b) {
  using B = Doubles<A>;
  const B size = xsimd::abs(a), by = xsimd::abs(b), quotient = size / by;
  // Rounding a quotient upwards may take it to the next whole number, and then the rest is below 0;
  // each difference is exact.
  const Sum<A> product = exact_product(xsimd::trunc(quotient), by);
  const B rest = (size - product.high) - product.low;
  const B y = xsimd::select(rest < B(0), rest + by, rest) | xsimd::bitofsign(a);
  return where_moderate(quotient < B(0x1p52) && size < B(0x1p1000) && by < B(0x1p1000), y,
                        [&] { return lanewise::fmod(a, b); });
}

/// Where a rest is on the other side of 0 than the divisor.
template <class B>
auto is_opposite(const B& rest, const B& b) {
  return xsimd::select(b < B(0), -rest, rest) < B(0);
}

template <class A>
Doubles<A> floating_remainder(const Doubles<A>& a, const Doubles<A>& b) {
  using B = Doubles<A>;
  const B rest = floating_fmod(a, b);
  const B y = xsimd::select(is_opposite(rest, b), rest + b, rest);
  return xsimd::select(rest == B(0), xsimd::bitofsign(b), y);
}

template <class A>
Doubles<A> floating_floor_quotient(const Doubles<A>& a, const Doubles<A>& b) {
  using B = Doubles<A>;
  const B rest = floating_fmod(a, b), whole = a / b;
  const B y = xsimd::nearbyint((a - rest) / b) - xsimd::select(is_opposite(rest, b), B(1), B(0));
  return xsimd::select(b == B(0), whole, xsimd::select(y == B(0), xsimd::bitofsign(whole), y));
}

}  // namespace detail

#define CINTA_DIVISION(name, whole)                                                          \
  template <class V>                                                                         \
  V name(const V& a, const V& b) {                                                           \
    if constexpr (std::is_integral_v<V>)                                                     \
      return whole;                                                                          \
    else if constexpr (std::is_same_v<typename V::value_type, float>)                        \
      return detail::in_double(                                                              \
          [](const auto& x, const auto& y) { return detail::floating_##name(x, y); }, a, b); \
    else                                                                                     \
      return detail::floating_##name(a, b);                                                  \
  }

/// a / b rounded towards 0.
template <class V>
V trunc_quotient(const V& a, const V& b) {
  if constexpr (std::is_integral_v<V>)
    return b == 0 ? V(0) : b == -1 ? V(0 - std::uint64_t(a)) : V(a / b);
  else
    return lanewise::trunc(a / b);
}

/// What is left of a, with the sign of a.
CINTA_DIVISION(fmod, b == 0 || b == -1 ? V(0) : V(a % b))

namespace detail {

template <class V>
bool differs_in_sign(V rest, V b) {
  return rest != 0 && (rest < 0) != (b < 0);
}

}  // namespace detail

/// What is left of a, with the sign of b.
CINTA_DIVISION(remainder, detail::differs_in_sign(fmod(a, b), b) ? V(fmod(a, b) + b) : fmod(a, b))

/// a / b rounded downwards: of the exact quotient; as NumPy's and Python's NaN for an infinite a.
CINTA_DIVISION(floor_quotient, V(trunc_quotient(a, b) - detail::differs_in_sign(fmod(a, b), b)))
#undef CINTA_DIVISION

}  // namespace cinta::kernels
