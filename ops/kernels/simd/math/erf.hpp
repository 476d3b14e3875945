#pragma once
// The error function, its complement and the normal distribution. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/exp.hpp>

namespace cinta::kernels {

namespace detail {

/// erfc(x) exp(x^2) for x >= 0: a polynomial in (x - 4) / (x + 4), which goes from -1 to 1, divided
/// by 1 + 2x. Coefficients fitted at Chebyshev's points.
template <class A, std::size_t n>
Doubles<A> scaled_erfc(const Doubles<A>& x, const double (&coefficients)[n]) {
  using B = Doubles<A>;
  // Both quotients by one division.
  const B a = x + B(4), b = xsimd::fma(B(2), x, B(1)), inverse = B(1) / (a * b);
  return polynomial((x - B(4)) * (b * inverse), coefficients) * (a * inverse);
}

/// With a relative error of 2e-17 up to 29; erfc is 0 from 28 on.
template <class A>
Doubles<A> scaled_erfc(const Doubles<A>& x) {
  return scaled_erfc(x, {1.2329951186255526,      -0.1396211168405629,     0.01537965210262074,
                         0.06809705425473732,     -0.10103906603635213,    0.09373283499679412,
                         -0.06633036581152939,    0.03716751556249286,     -0.016197734059115006,
                         0.005031969755895426,    -0.00075777334141333,    -0.00019925550755614952,
                         0.000150622243948303,    -2.4403169244974074e-05, -1.1224789135154701e-05,
                         5.7178872846321855e-06,  3.0135049944875397e-07,  -8.351619688696847e-07,
                         6.270727157198311e-08,   1.1534943745754157e-07,  -7.71541861441783e-09,
                         -1.3670989863347383e-08, -1.8206098680308682e-09});
}

/// With a relative error of 1e-9 up to 11, where erfc is 0 in single precision.
template <class A>
Doubles<A> short_scaled_erfc(const Doubles<A>& x) {
  return scaled_erfc(xsimd::min(Doubles<A>(11), x),
                     {1.2329951189208188, -0.1396211373681427, 0.015379593787053265,
                      0.06809806492463319, -0.10103670089378695, 0.0937201201396605,
                      -0.06636484687610326, 0.03721348327666204, -0.016002144964977948,
                      0.005092426432461594, -0.0011006446361984264, -0.0006325814510421089});
}

/// erfc(x) for x >= 0.
template <class A>
Doubles<A> erfc_of_size(const Doubles<A>& given) {
  const Doubles<A> x = xsimd::min(Doubles<A>(28), given);  // in this order NaN stays
  const Sum<A> square = exact_product(x, x);
  return exp_of_sum(-square.high, -square.low) * scaled_erfc(x);
}
template <class A>
Doubles<A> short_erfc_of_size(const Doubles<A>& x) {
  return short_exp(xsimd::max(Doubles<A>(-200), -(x * x))) * short_scaled_erfc(x);
}

/// `from` less |x| times the share of a normal distribution that lies beyond |x|, which is |x|
/// erfc(|x| / sqrt(2)) / 2. The exponent comes from x, whose square is exact, and not from the
/// rounded quotient. The last step is one instruction by its name: where the compiler may choose,
/// it chooses differently in each loop.
template <class A>
Doubles<A> less_beyond(const Doubles<A>& from, const Doubles<A>& x) {
  using B = Doubles<A>;
  const B size = xsimd::min(B(40), xsimd::abs(x));  // in this order NaN stays
  const Sum<A> square = exact_product(size, size);
  const B factor = scaled_erfc(size * B(0.70710678118654752440)) * (B(0.5) * size);
  return xsimd::fnma(exp_of_sum(B(-0.5) * square.high, B(-0.5) * square.low), factor, from);
}
template <class A>
Doubles<A> short_less_beyond(const Doubles<A>& from, const Doubles<A>& x) {
  using B = Doubles<A>;
  const B size = xsimd::min(B(16), xsimd::abs(x));
  const B factor = short_scaled_erfc(size * B(0.70710678118654752440)) * (B(0.5) * size);
  return xsimd::fnma(short_exp(B(-0.5) * (size * size)), factor, from);
}

}  // namespace detail

/// In double precision: x + x P(x^2) up to 1, 1 - erfc above.
template <class A>
xsimd::batch<double, A> erf(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B p = detail::polynomial(
      x * x,
      {0.1283791670955126, -0.37612638903183754, 0.11283791670955125, -0.026866170645131082,
       0.005223977625438469, -0.0008548327023024696, 0.0001205533295270044, -1.4925649082364768e-05,
       1.646207679479307e-06, -1.6365085592626726e-07, 1.4796618901238027e-08,
       -1.2190356239992107e-09, 8.800680089264422e-11, -4.374621448413e-12});
  const B size = xsimd::abs(x), large = B(1) - detail::erfc_of_size(size);
  return xsimd::select(size < B(1), xsimd::fma(x, p, x), large | xsimd::bitofsign(x));
}

/// 1 - erf(x), without loss where that is small.
template <class A>
xsimd::batch<double, A> erfc(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B y = detail::erfc_of_size(xsimd::abs(x));
  return xsimd::select(x < B(0), B(2) - y, y);
}
template <class A>
xsimd::batch<float, A> erfc(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  const B y =
      detail::in_double([](const auto& v) { return detail::short_erfc_of_size(v); }, xsimd::abs(x));
  return xsimd::select(x < B(0), B(2) - y, y);
}

/// x times the share of a normal distribution that lies below x.
template <class A>
xsimd::batch<double, A> gelu(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  return detail::less_beyond(xsimd::max(x, B(0)), x) | xsimd::bitofsign(x);
}
template <class A>
xsimd::batch<float, A> gelu(const xsimd::batch<float, A>& x) {
  return detail::in_double(
             [](const auto& v) {
               return detail::short_less_beyond(xsimd::max(v, detail::Doubles<A>(0)), v);
             },
             x) |
         xsimd::bitofsign(x);
}

}  // namespace cinta::kernels
