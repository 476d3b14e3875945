#pragma once
// exp and its relatives. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels {

namespace detail {

/// The whole number nearest to x, in one operation where there is one.
template <class A>
xsimd::batch<float, A> nearest(const xsimd::batch<float, A>& x) {
#if defined(__SSE4_1__) || defined(__aarch64__)
  return xsimd::nearbyint(x);
#else
  return xsimd::to_float(xsimd::nearbyint_as_int(x));
#endif
}

/// y * 2^n for a whole n, rounded once.
template <class A>
xsimd::batch<float, A> scaled(const xsimd::batch<float, A>& y, const xsimd::batch<float, A>& n) {
#if defined(__AVX512F__)
  if constexpr (xsimd::batch<float, A>::size == 16) return _mm512_scalef_ps(y, n);
#endif
  // In two factors, so that each has an exponent that exists.
  const auto exponent = xsimd::to_int(n), half = exponent >> 1;
  return xsimd::ldexp(xsimd::ldexp(y, half), exponent - half);
}

}  // namespace detail

/// exp in single precision, in less of xsimd's time and without its early overflow (at 88.38): with
/// x = n ln 2 + r it is 2^n (1 + r + r^2 Q(r)), where Q of degree 4 minimises the largest relative
/// error (4e-9).
template <class A>
xsimd::batch<float, A> exp(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays; beyond these bounds the result is infinite or 0.
  const B v = xsimd::min(B(89), xsimd::max(B(-105), x));
  const B n = detail::nearest(v * B(1.44269504f));
  // ln 2 in two parts, of which the first has few bits: also without fused instructions n times it
  // is exact.
  const B t = xsimd::fnma(n, B(0.693359375f), v), r = xsimd::fnma(n, B(-2.12194440e-4f), t);
  B p(0.00138145405799f);
  for (float c : {0.00836874544621f, 0.0416683889925f, 0.16666521132f, 0.499999940395f})
    p = xsimd::fma(p, r, B(c));
#if defined(__FMA__) || defined(__aarch64__)
  p = xsimd::fma(xsimd::fma(p, r, B(1)), r, B(1));
#else  // products are rounded, so that what r has lost matters too
  p = B(1) + (r + (r * r * p + xsimd::fnma(n, B(-2.12194440e-4f), t - r)));
#endif
  return detail::scaled(p, n);
}

namespace detail {

/// exp(r) - 1 for |r| <= ln(2) / 2: r + r^2 P(r), P of degree 9 with a relative error of 2e-17.
template <class A>
Doubles<A> exp_minus_1_near_0(const Doubles<A>& r) {
  const Doubles<A> p = polynomial(
      r, {0x1.0000000000001p-1, 0x1.5555555555556p-3, 0x1.5555555553d63p-5, 0x1.11111111109b3p-7,
          0x1.6c16c1788bd90p-10, 0x1.a01a01a7c41d5p-13, 0x1.a019b90d2ae7ap-16,
          0x1.71de0dae63bb3p-19, 0x1.289185613a3d6p-22, 0x1.af38a9b0ec855p-26});
  return xsimd::fma(r * r, p, r);
}

/// exp(x + low) for a low that is far smaller than 1.
template <class A>
Doubles<A> exp_of_sum(const Doubles<A>& x, const Doubles<A>& low) {
  using B = Doubles<A>;
  // In this order of arguments NaN stays; beyond these bounds the result is infinite or 0.
  const B v = xsimd::min(B(711), xsimd::max(B(-746), x));
  const B n = xsimd::nearbyint(v * B(1.4426950408889634));
  // ln 2 in two parts, of which the first has 40 bits: n times it is exact.
  const B r = xsimd::fnma(n, B(7.371002565167799e-13), xsimd::fnma(n, B(0x1.62e42fefa2p-1), v));
  return scaled(B(1) + exp_minus_1_near_0(r + low), n);
}

}  // namespace detail

namespace detail {

/// exp(x) for -700 <= x <= 0 with a relative error of 2e-9: for what is rounded to single
/// precision.
template <class A>
Doubles<A> short_exp(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B n = xsimd::nearbyint(x * B(1.4426950408889634));
  const B r = xsimd::fnma(n, B(0.69314718055994531), x);
  const B p = polynomial(r, {1.0000000320736102, 0.49999994143848403, 0.16666431354858396,
                             0.04166801241312186, 0.0083741548534211965, 0.0013843249944113468});
  return xsimd::fma(r, p, B(1)) * power_of_two(n);
}

}  // namespace detail

/// exp in double precision, right up to where it overflows and through the subnormal numbers.
template <class A>
xsimd::batch<double, A> exp(const xsimd::batch<double, A>& x) {
  return detail::exp_of_sum(x, xsimd::batch<double, A>(0));
}

/// 2^x. What is left of the exponent is exact, and so is 2^x of whole numbers.
template <class A>
xsimd::batch<double, A> exp2(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B v = xsimd::min(B(1025), xsimd::max(B(-1076), x));  // in this order NaN stays
  const B n = xsimd::nearbyint(v);
  const B p = detail::exp_minus_1_near_0((v - n) * B(0.6931471805599453));
  return detail::scaled(B(1) + p, n);
}
template <class A>
xsimd::batch<float, A> exp2(const xsimd::batch<float, A>& x) {
#if defined(__FMA__) || defined(__aarch64__)
  using B = xsimd::batch<float, A>;
  const B v = xsimd::min(B(129), xsimd::max(B(-151), x));
  const B n = detail::nearest(v), f = v - n;
  const B q = detail::polynomial(f, {0.240226507f, 0.0555040501f, 0.00961806998f, 0.00133377977f,
                                     0.000154567824f, 1.436395e-05f});
  return detail::scaled(B(1) + xsimd::fma(f, B(0.693147182f), f * f * q), n);
#else  // where products are rounded, that is more than a unit
  return detail::in_double([](const auto& v) { return exp2(v); }, x);
#endif
}

/// exp(x) - 1 in single precision: with x = n ln 2 + r it is 2^n (exp(r) - 1) + (2^n - 1). n stays
/// 0 up to 0.45, where the two terms would cancel.
template <class A>
xsimd::batch<float, A> expm1(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays; below -18 the result rounds to -1.
  const B v = xsimd::min(B(89), xsimd::max(B(-18), x));
  const B scaled = xsimd::select(xsimd::abs(v) < B(0.45f), B(0), v * B(1.44269504f));
  const auto exponent = xsimd::nearbyint_as_int(scaled);
  const B n = xsimd::to_float(exponent);
  const B t = xsimd::fnma(n, B(0.693359375f), v), r = xsimd::fnma(n, B(-2.12194440e-4f), t);
  // At n = 25, 1/2 is just lost beside 2^24; above it is too small to matter.
  const B lost = xsimd::select(n == B(25), B(0x1p-25f), B(0));
  const B rounded_off = xsimd::fnma(n, B(-2.12194440e-4f), t - r) - lost;
  const B q = detail::polynomial(r, {0.5f, 0.1666666839f, 0.04166666839f, 0.008332975007f,
                                     0.00138885309f, 0.0002002745989f, 2.498764176e-05f});
  // Half of 2^n, which exists for every n.
  const B half = xsimd::ldexp(B(1), exponent - 1);
  const B p = r + xsimd::fma(r * r, q, rounded_off);
  const B y = xsimd::fma(half, p, half - B(0.5f));
  return (y + y) | xsimd::bitofsign(x);  // -0 stays
}

/// In double precision: xsimd's, which is infinite too early and loses the sign of zero.
template <class A>
xsimd::batch<double, A> expm1(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const auto large = x > B(40);  // where 1 does not count
  const B y = xsimd::expm1(x);
  return (xsimd::any(large) ? xsimd::select(large, exp(x), y) : y) | xsimd::bitofsign(x);
}

}  // namespace cinta::kernels
