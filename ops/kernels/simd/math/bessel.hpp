#pragma once
// Modified Bessel functions of the first kind. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/exp.hpp>

namespace cinta::kernels {

namespace detail {

/// I_n(x) exp(-x), for n = 1 over x: up to 8 in x / 4 - 1, above times sqrt(x), in 16 / x - 1.
/// Coefficients fitted at Chebyshev's points.
inline constexpr double i0e_near_0[] = {
    0.2070019212239867,     -0.11300432688620549,    0.09451562853995103,
    -0.08904344136075991,   0.08734341617552291,     -0.08496338091615124,
    0.07927522590716898,    -0.06954119561742342,    0.056777032019843215,
    -0.04298594945226738,   0.03017791202356886,     -0.019682654708082413,
    0.011960077903963348,   -0.006792399792271578,   0.0036171264596770616,
    -0.0018118870527295522, 0.0008563152483951447,   -0.0003829015089457559,
    0.0001624054672701359,  -6.550956130635514e-05,  2.5202271984440893e-05,
    -9.25059710625537e-06,  3.2293850630678377e-06,  -1.0891964284507317e-06,
    3.675592893288293e-07,  -1.1339523685907105e-07, 2.6273368345256394e-08,
    -7.860369707508212e-09, 4.469372581856615e-09,   -1.1662904878442954e-09};
inline constexpr double i0e_far[] = {
    0.4021765094450081,     0.0033605519836678944,   0.00013621607439186705,
    1.1143033787545386e-05, 1.4838475687894938e-06,  2.9735996224521226e-07,
    8.872214307451732e-08,  3.932437699533459e-08,   2.15488936175863e-08,
    7.566352487698237e-09,  -6.750552282740284e-09,  -1.346629294837396e-08,
    -5.394456734259438e-09, 7.737147033780934e-09,   7.406235049001522e-09,
    -3.905230623712341e-09, -5.91556056510856e-09,   2.1053080134403423e-09,
    3.5985362919394714e-09, -1.1448789558755036e-09, -1.5930354799216344e-09,
    5.122212147228388e-10,  4.4789181847911815e-10,  -1.5066113686101474e-10,
    -5.905024573995148e-11, 2.0820835852793106e-11};
inline constexpr double i1e_near_0[] = {
    0.044687709875608835,    -0.06112433802966629,    0.0680575999095116,
    -0.0684826062058255,     0.0637674037134072,      -0.05528003922705058,
    0.044674572621255064,    -0.03367135551994034,    0.023686016957724227,
    -0.01557130925657511,    0.00958396215077406,     -0.005534567760544582,
    0.003005762419557192,    -0.0015388749636515487,  0.000744512345281566,
    -0.0003411747437353928,  0.00014842124144631648,  -6.142651349494123e-05,
    2.4233756432468166e-05,  -9.131846315273642e-06,  3.2938951625746042e-06,
    -1.1380759138279984e-06, 3.759400376008922e-07,   -1.2000364861910367e-07,
    3.8028049651067336e-08,  -1.1191257727176943e-08, 2.6037822441041467e-09,
    -7.379291130374042e-10,  3.727630409237771e-10,   -9.365751909742237e-11};
inline constexpr double i1e_far[] = {
    0.38939845902587233,     -0.009749577193235768,   -0.00021923576383382282,
    -1.5038547197358572e-05, -1.8349101357991557e-06, -3.4838567401229716e-07,
    -1.0001282610189342e-07, -4.312778920167609e-08,  -2.337446787242448e-08,
    -8.43880090582137e-09,   6.737493433374833e-09,   1.408852075202545e-08,
    5.963645798166707e-09,   -7.816968266767898e-09,  -7.863004697555056e-09,
    3.803814960536081e-09,   6.202984113000443e-09,   -1.992076551203188e-09,
    -3.75344338735913e-09,   1.0715528639398075e-09,  1.657764699456319e-09,
    -4.798751536934023e-10,  -4.6561597954216946e-10, 1.417650842869536e-10,
    6.135932778393812e-11,   -1.9677083272584384e-11};

/// I_n(x) exp(-x) of x >= 0, as near(x) up to 8.
template <class A, std::size_t n, class Near>
Doubles<A> scaled_bessel(const Doubles<A>& x, const double (&far)[n], const Near& near) {
  using B = Doubles<A>;
  const B t = xsimd::fma(B(0.25), xsimd::min(B(8), x), B(-1));  // in this order NaN stays
  const B s = xsimd::fma(B(16), B(1) / xsimd::max(B(8), x), B(-1));
  return xsimd::select(x > B(8), polynomial(s, far) / sqrt(x), near(t));
}

/// Times exp(x), in two steps where that alone is too large.
template <class A>
Doubles<A> unscaled(const Doubles<A>& y, const Doubles<A>& x) {
  using B = Doubles<A>;
  const B half = exp(B(0.5) * xsimd::min(B(2000), x));
  const B product = y * half * half;
  return xsimd::select(x == B(std::numeric_limits<double>::infinity()), x, product);
}

}  // namespace detail

template <class A>
xsimd::batch<double, A> i0e(const xsimd::batch<double, A>& x) {
  return detail::scaled_bessel(xsimd::abs(x), detail::i0e_far, [](const auto& t) {
    return detail::polynomial(t, detail::i0e_near_0);
  });
}
template <class A>
xsimd::batch<double, A> i1e(const xsimd::batch<double, A>& x) {
  const xsimd::batch<double, A> size = xsimd::abs(x);
  return detail::scaled_bessel(
             size, detail::i1e_far,
             [&](const auto& t) { return size * detail::polynomial(t, detail::i1e_near_0); }) |
         xsimd::bitofsign(x);
}
template <class A>
xsimd::batch<double, A> i0(const xsimd::batch<double, A>& x) {
  return detail::unscaled(i0e(x), xsimd::abs(x));
}
template <class A>
xsimd::batch<double, A> i1(const xsimd::batch<double, A>& x) {
  const xsimd::batch<double, A> size = xsimd::abs(x);
  return detail::unscaled(i1e(size), size) | xsimd::bitofsign(x);
}

#define CINTA_IN_DOUBLE(name)                                           \
  template <class A>                                                    \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {        \
    return detail::in_double([](const auto& v) { return name(v); }, x); \
  }
CINTA_IN_DOUBLE(i0)
CINTA_IN_DOUBLE(i1)
CINTA_IN_DOUBLE(i0e)
CINTA_IN_DOUBLE(i1e)
#undef CINTA_IN_DOUBLE

}  // namespace cinta::kernels
