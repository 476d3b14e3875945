#pragma once
// The scaled complement and the inverse of the error function, the normal distribution. Only for
// *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/erf.hpp>
#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>

namespace cinta::kernels {

namespace detail {

inline constexpr double root_half = 0.70710678118654752440;

/// erfc(x) exp(x^2) for any x >= 0: far out by its asymptotic series, 7.1.23 of M. Abramowitz, I.
/// Stegun, Handbook of Mathematical Functions.
template <class A>
Doubles<A> erfcx_of_size(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B near = scaled_erfc(xsimd::min(B(28), x));  // in this order NaN stays
  const B inverse = B(1) / xsimd::max(B(1), x), t = B(0.5) * inverse * inverse;
  const B far = B(0.56418958354775628695) * inverse *
                polynomial(t, {1.0, -1.0, 3.0, -15.0, 105.0, -945.0, 10395.0});
  return xsimd::select(x > B(28), far, near);
}

/// Where erf is y, for 0 <= y < 1, `rest` being 1 - y: from a polynomial in w = -log(1 - y^2) or
/// its root, right to 1e-6, by one step of Halley's method. Below 1/2 the step goes by erf, above
/// by its complement, so that neither loses what the other has.
template <class A>
Doubles<A> erfinv_of_size(const Doubles<A>& y, const Doubles<A>& rest) {
  using B = Doubles<A>;
  const B w = -log(rest * (B(1) + y)), s = sqrt(w);
  const B small = polynomial(
      xsimd::fma(B(0.32), w, B(-1)),
      {1.6536546892219326, 0.7504943174233135, -0.05892891605396382, -0.02260430562981097,
       0.017860078867377418, -0.004138828483865456, -0.0014222517484181083, 0.0012391520601206598,
       -7.756122669315065e-05, -0.00013112077655869794});
  const B large = polynomial(xsimd::fma(B(0.5), s, B(-2.25)),
                             {4.344753812214422, 2.0205137384334506, 0.0012828262081866345,
                              -0.00407378203295062, 0.002727238749353549, 0.0008549864866924974,
                              -0.0005881776281533124, -0.00296567578758023, 0.0020916823261107735});
  const B x = y * xsimd::select(w < B(6.25), small, large);
  const Sum<A> square = exact_product(x, x);
  const B e = exp_of_sum(-square.high, -square.low);
  const B off = xsimd::select(y < B(0.5), erf(x) - y, rest - e * scaled_erfc(x)) *
                B(0.88622692545275801365) / e;
  return x - off / xsimd::fma(x, off, B(1));
}

/// The same for y of single precision, with a relative error of 2e-9. Coefficients fitted at
/// Chebyshev's points.
template <class A>
Doubles<A> short_erfinv_of_size(const Doubles<A>& y, const Doubles<A>& rest) {
  using B = Doubles<A>;
  const B w = B(-0.69314718055994531) * short_log2(rest * (B(1) + y)), s = sqrt(w);
  const B small = polynomial(
      xsimd::fma(B(0.32), w, B(-1)),
      {1.6536545623611356, 0.750494308600999, -0.058922545774403076, -0.02260411545442158,
       0.017808140060865944, -0.004140074551285993, -0.0012708973957344467, 0.001242448065386418,
       -0.0002655360522257256, -0.00013483925112660477, 9.395877630144955e-05,
       1.4909323831632303e-06, -1.1537811352455312e-05});
  const B large = polynomial(
      (s - B(3.25)) * B(1 / 0.75),
      {3.083885606073347, 0.753944238394331, 0.003021363343234647, -0.0015827297518064029,
       0.0007864900378592221, -0.00039982417296361957, 0.0001748574606608074,
       -4.8867988102200726e-05, -3.731904061737752e-06, 6.401220561547506e-06});
  return y * xsimd::select(w < B(6.25), small, large);
}

/// of_size(|y|, 1 - |y|) with the sign of y; infinite at 1 and -1, NaN beyond.
template <class A, class F>
Doubles<A> erfinv_by(const F& of_size, const Doubles<A>& y) {
  using B = Doubles<A>;
  const B size = xsimd::abs(y);
  const B x = of_size(xsimd::select(size < B(1), size, B(0)),
                      xsimd::select(size < B(1), B(1) - size, B(1)));
  const B edge = xsimd::select(size == B(1), B(std::numeric_limits<double>::infinity()),
                               B(std::numeric_limits<double>::quiet_NaN()));
  return xsimd::select(size < B(1), x, edge) | xsimd::bitofsign(y);
}

}  // namespace detail

template <class A>
xsimd::batch<double, A> erfcx(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B y = detail::erfcx_of_size(xsimd::abs(x));
  const auto below = x < B(0);
  if (!xsimd::any(below)) return y;
  const B size = xsimd::min(B(30), xsimd::abs(x));
  const detail::Sum<A> square = detail::exact_product(size, size);
  return xsimd::select(below, B(2) * detail::exp_of_sum(square.high, square.low) - y, y);
}

template <class A>
xsimd::batch<double, A> ndtr(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  // The exponent comes from x, whose square is exact, and not from the rounded x / sqrt(2).
  const B size = xsimd::min(B(39), xsimd::abs(x));  // in this order NaN stays
  const detail::Sum<A> square = detail::exact_product(size, size);
  const B beyond = B(0.5) * detail::exp_of_sum(B(-0.5) * square.high, B(-0.5) * square.low) *
                   detail::scaled_erfc(size * B(detail::root_half));
  return xsimd::select(x > B(0), B(1) - beyond, beyond);
}

template <class A>
xsimd::batch<double, A> log_ndtr(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B near = log1p(-ndtr(-x));
  const auto far = x <= B(-1);
  if (!xsimd::any(far)) return near;
  const B below = log(B(0.5) * detail::erfcx_of_size(xsimd::max(B(1), -x) * B(detail::root_half)));
  return xsimd::select(far, below - B(0.5) * x * x, near);
}

template <class A>
xsimd::batch<double, A> erfinv(const xsimd::batch<double, A>& y) {
  return detail::erfinv_by<A>(
      [](const auto& size, const auto& rest) { return detail::erfinv_of_size<A>(size, rest); }, y);
}
template <class A>
xsimd::batch<float, A> erfinv(const xsimd::batch<float, A>& y) {
  const auto of_size = [](const auto& size, const auto& rest) {
    return detail::short_erfinv_of_size<A>(size, rest);
  };
  return detail::in_double([=](const auto& v) { return detail::erfinv_by<A>(of_size, v); }, y);
}

/// The far tails are for the C library's functions.
template <class A>
xsimd::batch<double, A> ndtri(const xsimd::batch<double, A>& p) {
  using B = xsimd::batch<double, A>;
  const auto below = p < B(0.5);
  const B tail = xsimd::select(below, p, B(1) - p), rest = tail + tail;
  const B x = B(1.41421356237309504880) * detail::erfinv_of_size(B(1) - rest, rest);
  return detail::where_moderate(rest > B(0x1p-50) && rest <= B(1), xsimd::select(below, -x, x),
                                [&] { return lanewise::ndtri(p); });
}

#define CINTA_IN_DOUBLE(name)                                           \
  template <class A>                                                    \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {        \
    return detail::in_double([](const auto& v) { return name(v); }, x); \
  }
CINTA_IN_DOUBLE(erfcx)
CINTA_IN_DOUBLE(ndtr)
CINTA_IN_DOUBLE(log_ndtr)
CINTA_IN_DOUBLE(ndtri)
#undef CINTA_IN_DOUBLE

}  // namespace cinta::kernels
