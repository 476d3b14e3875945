#pragma once
// asin, acos, atan and atan2. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels {

namespace detail {

/// (asin(s) / s - 1) / s^2 for 0 <= s <= 1/2 and (atan(t) / t - 1) / t^2 for |t| <= 0.55, in s^2
/// and t^2. Coefficients fitted at Chebyshev's points; the short ones are for what is rounded to
/// single precision, right to 2e-9 of the function.
inline constexpr double asin_terms[] = {
    0.16666666666666669,  0.07499999999998425,  0.04464285714637338,  0.030381944137085216,
    0.022372173002005596, 0.017352391265909227, 0.013971235301124539, 0.011478952690257387,
    0.010324318288744113, 0.00545087818772055,  0.017419357964884856, -0.014881409392818066,
    0.02877844261259304};
inline constexpr double short_asin_terms[] = {0.1666666633654049,   0.07500094761172901,
                                              0.04459931916287114,  0.031101727829067168,
                                              0.017143716819253568, 0.03370072632136513};
inline constexpr double atan_terms[] = {
    -0.3333333333333333,  0.1999999999999611,   -0.142857142849915,   0.11111111058170825,
    -0.09090907068294683, 0.07692261481040168,  -0.06665984650860446, 0.058755477995829246,
    -0.05216057655223292, 0.045332287974467686, -0.03569372017060641, 0.0215903870693494,
    -0.007061098976163003};
inline constexpr double short_atan_terms[] = {
    -0.3333333326254271,  0.19999977018597145, -0.1428448249325328,  0.11086006882177542,
    -0.08841999886300693, 0.06373284036138824, -0.028565396344272263};

/// eighths pi / 4 + t + t z p(z), where |t| is below pi / 4 unless there are none.
template <class A, std::size_t n>
Doubles<A> angle(const Doubles<A>& eighths, const Doubles<A>& t, const Doubles<A>& z,
                 const double (&terms)[n]) {
  using B = Doubles<A>;
  // pi / 4 in two parts, of which the first has 50 bits: three times it is exact.
  const Sum<A> sum = exact_sum(eighths * B(0x1.921fb54442d18p-1), t);
  return sum.high + xsimd::fma(eighths, B(3.061616997868383e-17),
                               xsimd::fma(t * z, polynomial(z, terms), sum.low));
}

/// asin(|x|) from 1/2 on is pi / 2 - 2 asin(s), and acos(|x|) is 2 asin(s), with s the root of
/// (1 - |x|) / 2.
template <class A, std::size_t n>
Doubles<A> asin(const Doubles<A>& x, const double (&terms)[n]) {
  using B = Doubles<A>;
  const B size = xsimd::abs(x);
  const auto large = size > B(0.5);
  const B z = xsimd::select(large, B(0.5) - B(0.5) * size, size * size);
  return angle(xsimd::select(large, B(2), B(0)), xsimd::select(large, B(-2) * xsimd::sqrt(z), size),
               z, terms) |
         xsimd::bitofsign(x);
}
template <class A, std::size_t n>
Doubles<A> acos(const Doubles<A>& x, const double (&terms)[n]) {
  using B = Doubles<A>;
  const B size = xsimd::abs(x);
  const auto large = size > B(0.5), below = x < B(0);
  const B z = xsimd::select(large, B(0.5) - B(0.5) * size, size * size);
  const B twice = B(2) * xsimd::sqrt(z);
  return angle(xsimd::select(large, xsimd::select(below, B(4), B(0)), B(2)),
               xsimd::select(large, xsimd::select(below, -twice, twice), -x), z, terms);
}

/// The angle of (x, y) for x, y >= 0, or where `left` holds for -x. Up to 0.55 x it is atan(y / x),
/// up to (1 + sqrt(2)) x it is pi / 4 + atan((y - x) / (y + x)), above pi / 2 - atan(x / y).
template <class A, class M, std::size_t n>
Doubles<A> angle_of(const Doubles<A>& y, const Doubles<A>& x, const M& left,
                    const double (&terms)[n]) {
  using B = Doubles<A>;
  const auto flat = y <= B(0.55) * x, steep = y > B(2.4142135623730951) * x;
  const B t = xsimd::select(flat, y, xsimd::select(steep, -x, y - x)) /
              xsimd::select(flat, x, xsimd::select(steep, y, y + x));
  const B eighths = xsimd::select(flat, B(0), xsimd::select(steep, B(2), B(1)));
  return angle(xsimd::select(left, B(4) - eighths, eighths), xsimd::select(left, -t, t), t * t,
               terms);
}
template <class A, std::size_t n>
Doubles<A> atan(const Doubles<A>& x, const double (&terms)[n]) {
  using B = Doubles<A>;
  return angle_of(xsimd::abs(x), B(1), B(0) > B(0), terms) | xsimd::bitofsign(x);
}

template <class A, std::size_t n>
Doubles<A> atan2(const Doubles<A>& y, const Doubles<A>& x, const double (&terms)[n]) {
  using B = Doubles<A>;
  const B infinity(std::numeric_limits<double>::infinity());
  B a = xsimd::abs(y), b = xsimd::abs(x);
  // Two infinities are as far as each other, and no y is on the axis.
  const auto infinite = a == infinity && b == infinity;
  a = xsimd::select(infinite, B(1), a);
  b = xsimd::select(infinite || (a == B(0) && b == B(0)), B(1), b);
  // Neither sums that overflow nor bounds among subnormal numbers.
  const B most = xsimd::max(a, b);
  const B factor = xsimd::select(most > B(0x1p1000), B(0x1p-60),
                                 xsimd::select(most < B(0x1p-900), B(0x1p200), B(1)));
  const auto left = (B(1) | xsimd::bitofsign(x)) < B(0);  // -0 is
  return angle_of(a * factor, b * factor, left, terms) | xsimd::bitofsign(y);
}

}  // namespace detail

#define CINTA_INVERSE(name, series)                                                        \
  template <class A>                                                                       \
  xsimd::batch<double, A> name(const xsimd::batch<double, A>& x) {                         \
    return detail::name(x, detail::series##_terms);                                        \
  }                                                                                        \
  template <class A>                                                                       \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {                           \
    return detail::in_double(                                                              \
        [](const auto& v) { return detail::name(v, detail::short_##series##_terms); }, x); \
  }
CINTA_INVERSE(asin, asin)
CINTA_INVERSE(acos, asin)
CINTA_INVERSE(atan, atan)
#undef CINTA_INVERSE

/// As C defines it: of (0, -0) it is pi, of two infinities an odd multiple of pi / 4.
template <class A>
xsimd::batch<double, A> atan2(const xsimd::batch<double, A>& y, const xsimd::batch<double, A>& x) {
  return detail::atan2(y, x, detail::atan_terms);
}
template <class A>
xsimd::batch<float, A> atan2(const xsimd::batch<float, A>& y, const xsimd::batch<float, A>& x) {
  return detail::in_double(
      [](const auto& v, const auto& w) { return detail::atan2(v, w, detail::short_atan_terms); }, y,
      x);
}

}  // namespace cinta::kernels
