#pragma once
// sinh, cosh and the inverses of sinh, cosh and tanh. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/log.hpp>
#include <type_traits>

namespace cinta::kernels {

namespace detail {

/// (sinh(r) / r - 1) / r^2 and (cosh(r) - 1) / r^2 for |r| <= 1, in r^2. Coefficients fitted at
/// Chebyshev's points; the short ones are for what is rounded to single precision, right to 2e-9.
inline constexpr double sinh_terms[] = {
    0.16666666666666666,   0.008333333333333333,   0.00019841269841269773, 2.755731922404034e-06,
    2.505210836405804e-08, 1.6059048396350562e-10, 7.646625361656657e-13,  2.8445264169895285e-15};
inline constexpr double cosh_terms[] = {0.5,
                                        0.041666666666666664,
                                        0.001388888888888889,
                                        2.4801587301587163e-05,
                                        2.7557319224058087e-07,
                                        2.087675696701749e-09,
                                        1.1470749134156202e-11,
                                        4.7791278946285004e-14,
                                        1.5805226028003757e-16};
inline constexpr double short_sinh_terms[] = {0.16666666646842135, 0.00833333967591706,
                                              0.00019838101968683888, 2.8062802582276946e-06};
inline constexpr double short_cosh_terms[] = {0.49999999781421683, 0.04166673659523746,
                                              0.0013885396911807102, 2.535851224463976e-05};

/// sinh(|x|) or cosh(x). With |x| = n ln 2 + r and w = 4^-n, sinh(n ln 2) is 2^n (1 - w) / 2 and
/// cosh(n ln 2) is 2^n (1 + w) / 2; the rest is their addition theorem. n stays 0 up to 1, so that
/// small numbers are what the series of r makes of them.
template <bool odd, class A, std::size_t s, std::size_t c>
Doubles<A> hyperbolic(const Doubles<A>& given, const double (&sinh)[s], const double (&cosh)[c]) {
  using B = Doubles<A>;
  const B x = xsimd::min(B(711), xsimd::abs(given));  // in this order NaN stays
  const B n = xsimd::nearbyint(xsimd::select(x < B(1), B(0), x * B(1.4426950408889634)));
  // ln 2 in two parts, of which the first has 40 bits: n times it is exact.
  const B r = xsimd::fma(n, B(-7.371002565167799e-13), x - n * B(0x1.62e42fefa2p-1)), z = r * r;
  const B sine = xsimd::fma(r * z, polynomial(z, sinh), r),
          cosine = z * polynomial(z, cosh);  // less 1
  const B w = power_of_two(B(-2) * xsimd::min(B(30), n));
  const B minus = B(0.5) - B(0.5) * w, plus = B(0.5) + B(0.5) * w;
  const B most = odd ? minus : plus, other = odd ? plus : minus;
  return scaled(most + xsimd::fma(most, cosine, other * sine), n);
}

// Inverses are log(1 + w) of a w that is not less exact where it is small, as a sum of two; above
// 2^28 that is log(2 x).

/// From |x| = 2^28 on, where log(2 |x|) is meant, w is |x| - 1.
template <class A>
Doubles<A> inverse_of_large(const Doubles<A>& size, const Sum<A>& w) {
  using B = Doubles<A>;
  const auto large = size > B(0x1p28);
  const B high = xsimd::select(large, size - B(1), w.high);
  const B low = xsimd::select(large, B(0.69314718055994531), w.low / (B(1) + w.high));
  return log1p(high) + low;
}

}  // namespace detail

#define CINTA_HYPERBOLIC(name, odd, sign)                                                        \
  template <class A>                                                                             \
  xsimd::batch<double, A> name(const xsimd::batch<double, A>& x) {                               \
    return detail::hyperbolic<odd>(x, detail::sinh_terms, detail::cosh_terms) sign;              \
  }                                                                                              \
  template <class A>                                                                             \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {                                 \
    return detail::in_double(                                                                    \
        [](const auto& v) {                                                                      \
          return detail::hyperbolic<odd>(v, detail::short_sinh_terms, detail::short_cosh_terms); \
        },                                                                                       \
        x) sign;                                                                                 \
  }
CINTA_HYPERBOLIC(sinh, true, | xsimd::bitofsign(x))
CINTA_HYPERBOLIC(cosh, false, )
#undef CINTA_HYPERBOLIC

/// w = |x| + x^2 / (1 + sqrt(1 + x^2))
template <class A>
xsimd::batch<double, A> asinh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x);
  const B rest = size * (size / (B(1) + xsimd::sqrt(xsimd::fma(size, size, B(1)))));
  return detail::inverse_of_large(size, detail::exact_sum(size, rest)) | xsimd::bitofsign(x);
}
template <class A>
xsimd::batch<float, A> asinh(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    using B = std::decay_t<decltype(v)>;
    const B root = xsimd::sqrt(xsimd::fma(v, v, B(1)));
    const B y = detail::short_log1p(xsimd::fma(v, v / (B(1) + root), v));
    return xsimd::select(v < B(std::numeric_limits<double>::infinity()), y, v);
  };
  return detail::in_double(f, xsimd::abs(x)) | xsimd::bitofsign(x);
}

/// w = t + sqrt(t^2 + 2 t) with t = x - 1
template <class A>
xsimd::batch<double, A> acosh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B t = x - B(1), root = xsimd::sqrt(xsimd::fma(t, t, t + t));
  const B y = detail::inverse_of_large(x, detail::exact_sum(root, t));
  return xsimd::select(x < B(1), B(std::numeric_limits<double>::quiet_NaN()), y);
}
template <class A>
xsimd::batch<float, A> acosh(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    using B = std::decay_t<decltype(v)>;
    const B t = v - B(1), y = detail::short_log1p(t + xsimd::sqrt(xsimd::fma(t, t, t + t)));
    return xsimd::select(v < B(1), B(std::numeric_limits<double>::quiet_NaN()), y);
  };
  return detail::in_double(f, x);
}

/// Half of log(1 + w) with w = 2 |x| / (1 - |x|)
template <class A>
xsimd::batch<double, A> atanh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), twice = size + size;
  const detail::Sum<A> rest = detail::exact_sum(B(1), -size);
  const B w = twice / rest.high;
  // What the quotient was rounded by, over 1 + w.
  const detail::Sum<A> back = detail::exact_product(w, rest.high);
  const B lost = xsimd::fma(-w, rest.low, (twice - back.high) - back.low) / (B(1) + size);
  return B(0.5) * (log1p(w) + xsimd::select(size < B(1), lost, B(0))) | xsimd::bitofsign(x);
}
template <class A>
xsimd::batch<float, A> atanh(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    using B = std::decay_t<decltype(v)>;
    return B(0.5) * detail::short_log1p((v + v) / (B(1) - v));
  };
  return detail::in_double(f, xsimd::abs(x)) | xsimd::bitofsign(x);
}

}  // namespace cinta::kernels
