#pragma once
// Functions that a map's lambda calls: one name for scalars and SIMD batches. Only for .cpp files.

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <xsimd/xsimd.hpp>

namespace cinta::kernels {

template <class T>
concept Scalar = std::is_arithmetic_v<T>;

using xsimd::abs;
using xsimd::ceil;
using xsimd::cos;
using xsimd::erf;
using xsimd::exp;
using xsimd::expm1;
using xsimd::floor;
using xsimd::fma;
using xsimd::fnma;
using xsimd::log;
using xsimd::log1p;
using xsimd::max;
using xsimd::min;
using xsimd::select;
using xsimd::sin;
using xsimd::sqrt;
using xsimd::tanh;

/// a where `condition` holds, else b.
template <Scalar T>
T select(bool condition, T a, T b) {
  return condition ? a : b;
}

/// exp in single precision, in less of xsimd's time and without its early overflow (at 88.38): with
/// x = n ln 2 + r it is 2^n (1 + r + r^2 Q(r)), where Q of degree 4 minimises the largest relative
/// error (4e-9).
template <class A>
xsimd::batch<float, A> exp(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays; beyond these bounds the result is infinite or 0.
  const B v = xsimd::min(B(89), xsimd::max(B(-105), x));
  const auto exponent = xsimd::nearbyint_as_int(v * B(1.44269504f));
  const B n = xsimd::to_float(exponent);
  // ln 2 in two parts, of which the first has few bits: also without fused instructions n times it
  // is exact.
  const B r = xsimd::fnma(n, B(-2.12194440e-4f), xsimd::fnma(n, B(0.693359375f), v));
  B p(0.00138145405799f);
  for (float c : {0.00836874544621f, 0.0416683889925f, 0.16666521132f, 0.499999940395f, 1.0f, 1.0f})
    p = xsimd::fma(p, r, B(c));
#if defined(__AVX512F__)
  if constexpr (B::size == 16) return _mm512_scalef_ps(p, n);
#endif
  // In two factors, so that each has an exponent that exists.
  const auto half = exponent >> 1;
  return xsimd::ldexp(xsimd::ldexp(p, half), exponent - half);
}

/// tanh in single precision, in about half of xsimd's time: x P(x^2) / Q(x^2), where P and Q of
/// degree 4 minimise the largest relative error (2e-8) up to where tanh rounds to 1.
template <class A>
xsimd::batch<float, A> tanh(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays.
  const auto limited = [](float bound, B value) {
    return xsimd::min(B(bound), xsimd::max(B(-bound), value));
  };
  const B v = limited(9.0109f, x);
  const B z = v * v;
  B p(1.33330210367e-8f), q(7.76776829784e-7f);
  for (float c : {2.0593698664e-5f, 3.4946649071e-3f, 0.133802528263f, 0.999999979819f})
    p = xsimd::fma(p, z, B(c));
  for (float c : {3.28411644582e-4f, 2.58734835435e-2f, 0.467135684979f, 1.0f})
    q = xsimd::fma(q, z, B(c));
  return limited(1, v * p / q);
}

/// a^b with C's special cases, which xsimd::pow leaves out: x^0 is 1, 0^-1 inf, (-inf)^0.5 inf.
template <class T, class A>
xsimd::batch<T, A> pow(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b) {
  using B = xsimd::batch<T, A>;
  const B one(1), infinity(std::numeric_limits<T>::infinity());
  const B size = xsimd::abs(a);
  B y = xsimd::exp(b * xsimd::log(size));
  y = xsimd::select(b == B(0) || (size == one && xsimd::abs(b) == infinity), one, y);
  y = xsimd::select(xsimd::is_odd(b), y | xsimd::bitofsign(a), y);
  const auto no_root =
      a < B(0) && size != infinity && !xsimd::is_flint(b) && xsimd::abs(b) != infinity;
  y = xsimd::select(no_root, B(std::numeric_limits<T>::quiet_NaN()), y);
  return xsimd::select(a == one, one, y);
}
template <std::floating_point T>
T pow(T a, T b) {
  return std::pow(a, b);
}

/// For b >= 0, modulo 2^64 as products of integers are.
inline std::int64_t pow(std::int64_t a, std::int64_t b) {
  std::uint64_t y = 1, factor = std::uint64_t(a);
  for (; b > 0; b >>= 1, factor *= factor)
    if (b & 1) y *= factor;
  return std::int64_t(y);
}

}  // namespace cinta::kernels
