#pragma once
// sin and cos in single precision. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels {

namespace detail {

/// sin(x + quarters pi / 2), exact to 2^-33, for |x| up to 2^20.
template <class A>
Doubles<A> sin_of_moderate(const Doubles<A>& x, double quarters) {
  using B = Doubles<A>;
  const B n = xsimd::nearbyint(x * B(0.63661977236758134));
  // pi / 2 in two parts, of which the first has 30 bits: n times it is exact.
  const B r = xsimd::fnma(n, B(6.077100506506192e-11), xsimd::fnma(n, B(0x1.921fb544p+0), x));
  const B z = r * r;
  const B sine = xsimd::fma(r * z,
                            polynomial(z, {-0.16666666663832763, 0.008333331865959397,
                                           -0.00019840082012760165, 2.724931405420221e-06}),
                            r);
  const B cosine = xsimd::fma(z,
                              polynomial(z, {-0.4999999996887198, 0.041666650548440015,
                                             -0.0013887583970811775, 2.4463116701892957e-05}),
                              B(1));
  // The quarter of the circle, 0 to 3.
  const B turn = n + B(quarters), quarter = turn - B(4) * xsimd::floor(turn * B(0.25));
  const B y = xsimd::select(quarter == B(0) || quarter == B(2), sine, cosine);
  return xsimd::select(quarter >= B(2), -y, y);
}

}  // namespace detail

// Beyond that xsimd's, for those elements alone: a value does not depend on its neighbours.
template <class A>
xsimd::batch<float, A> sin(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  const auto moderate = xsimd::abs(x) <= B(0x1p20f);
  const B z = detail::in_double([](const auto& v) { return detail::sin_of_moderate(v, 0); }, x);
  const B y = xsimd::select(x == B(0), x, z);  // -0 stays
  if (xsimd::all(moderate)) return y;
  return xsimd::select(moderate, y,
                       detail::in_double([](const auto& v) { return xsimd::sin(v); }, x));
}
template <class A>
xsimd::batch<float, A> cos(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  const auto moderate = xsimd::abs(x) <= B(0x1p20f);
  const B y = detail::in_double([](const auto& v) { return detail::sin_of_moderate(v, 1); }, x);
  if (xsimd::all(moderate)) return y;
  return xsimd::select(moderate, y,
                       detail::in_double([](const auto& v) { return xsimd::cos(v); }, x));
}

}  // namespace cinta::kernels
