#pragma once
// Functions that no SIMD library has as exactly as the C library: one number after the other, in
// double precision. Only for *_simd.cpp files.

#include <cinta/ops/kernels/elementwise/incomplete/incomplete.hpp>
#include <cinta/ops/kernels/elementwise/special.hpp>
#include <cinta/ops/kernels/simd/math/parts.hpp>
#include <cmath>
#include <type_traits>
#include <utility>

namespace cinta::kernels::lanewise {

template <class F, class T, class... More>
requires std::is_arithmetic_v<T> T apply(F f, T a, More... more) {
  return T(f(double(a), double(more)...));
}
template <class F, class T, class A, class... More>
xsimd::batch<T, A> apply(F f, const xsimd::batch<T, A>& a, const More&... more) {
  constexpr std::size_t n = xsimd::batch<T, A>::size;
  alignas(64) T x[1 + sizeof...(More)][n];
  return [&]<std::size_t... k>(std::index_sequence<k...>) {
    a.store_aligned(x[0]);
    (more.store_aligned(x[k + 1]), ...);
    for (std::size_t i = 0; i < n; ++i) x[0][i] = T(f(double(x[0][i]), double(x[k + 1][i])...));
    return xsimd::batch<T, A>::load_aligned(x[0]);
  }
  (std::index_sequence_for<More...>());
}

#define CINTA_LANEWISE1(name, function)                    \
  template <class V>                                       \
  V name(const V& x) {                                     \
    return apply([](double v) { return function(v); }, x); \
  }
#define CINTA_LANEWISE2(name, function)                                    \
  template <class V>                                                       \
  V name(const V& a, const V& b) {                                         \
    return apply([](double u, double v) { return function(u, v); }, a, b); \
  }
#define CINTA_LANEWISE3(name)                                                                   \
  template <class V>                                                                            \
  V name(const V& a, const V& b, const V& c) {                                                  \
    return apply([](double u, double v, double w) { return special::name(u, v, w); }, a, b, c); \
  }
CINTA_LANEWISE1(sin, std::sin)
CINTA_LANEWISE1(cos, std::cos)
CINTA_LANEWISE1(tan, std::tan)
CINTA_LANEWISE1(ndtri, special::ndtri)
CINTA_LANEWISE1(lgamma, special::lgamma)
CINTA_LANEWISE1(digamma, special::digamma)
CINTA_LANEWISE2(polygamma, special::polygamma)
CINTA_LANEWISE2(fmod, std::fmod)
CINTA_LANEWISE2(gammainc, special::gammainc)
CINTA_LANEWISE2(gammaincc, special::gammaincc)
CINTA_LANEWISE2(gammainc_a, special::gammainc_a)
CINTA_LANEWISE2(gammainc_aa, special::gammainc_aa)
CINTA_LANEWISE2(gamma_density, special::gamma_density)
CINTA_LANEWISE2(stdtr, special::stdtr)
CINTA_LANEWISE2(stdtr_n, special::stdtr_n)
CINTA_LANEWISE2(stdtr_nn, special::stdtr_nn)
CINTA_LANEWISE2(stdtr_density, special::stdtr_density)
CINTA_LANEWISE3(betainc)
CINTA_LANEWISE3(betainc_a)
CINTA_LANEWISE3(betainc_b)
CINTA_LANEWISE3(betainc_aa)
CINTA_LANEWISE3(betainc_ab)
CINTA_LANEWISE3(betainc_bb)
CINTA_LANEWISE3(beta_density)
#undef CINTA_LANEWISE3
#undef CINTA_LANEWISE2
#undef CINTA_LANEWISE1

/// y, which is x rounded, with the sign of x: xsimd's of a zero has none where no instruction
/// rounds, and in float32 on ARM.
template <class T, class A>
xsimd::batch<T, A> with_sign(const xsimd::batch<T, A>& y,
                             [[maybe_unused]] const xsimd::batch<T, A>& x) {
#ifdef __SSE4_1__
  return y;
#else
  return y | xsimd::bitofsign(x);
#endif
}
#define CINTA_ROUNDING(name, function)   \
  template <class V>                     \
  V name(const V& x) {                   \
    if constexpr (std::is_integral_v<V>) \
      return x;                          \
    else                                 \
      return with_sign(function(x), x);  \
  }
CINTA_ROUNDING(floor, xsimd::floor)
CINTA_ROUNDING(ceil, xsimd::ceil)
CINTA_ROUNDING(round, xsimd::nearbyint)
CINTA_ROUNDING(trunc, xsimd::trunc)
#undef CINTA_ROUNDING

}  // namespace cinta::kernels::lanewise
