#pragma once
// Hyperbolic functions and their inverses in double precision. Only for *_simd.cpp files. In single
// precision all are computed in double.

#include <cinta/ops/kernels/simd/math/exp.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>

namespace cinta::kernels {

namespace detail {

/// exp(x) / 2 for x >= 1, also where exp(x) overflows.
template <class A>
Doubles<A> half_exp(const Doubles<A>& x) {
  using B = Doubles<A>;
  const Sum<A> exponent = exact_sum(x, B(-0.69314718055994529));
  return exp_of_sum(exponent.high, exponent.low - B(2.3190468138462996e-17));
}

/// log(x + rest), where that is below the last place of x.
template <class A>
Doubles<A> log_of_sum(const Sum<A>& x) {
  return log(x.high) + x.low / x.high;
}

}  // namespace detail

template <class A>
xsimd::batch<double, A> sinh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), z = x * x;
  const auto far = size > B(1);
  const B p = detail::polynomial(
      xsimd::min(B(1), z), {0.16666666666666666, 0.008333333333333333, 0.00019841269841269773,
                            2.7557319224040365e-06, 2.5052108364049466e-08, 1.6059048397722392e-10,
                            7.646625253572627e-13, 2.8445297426378895e-15});
  const B near = xsimd::fma(x * z, p, x);
  if (!xsimd::any(far)) return near;
  const B half = detail::half_exp(xsimd::max(B(1), size));
  return xsimd::select(far, (half - B(0.25) / half) | xsimd::bitofsign(x), near);
}

template <class A>
xsimd::batch<double, A> cosh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x);
  const B half = xsimd::select(size > B(1), detail::half_exp(xsimd::max(B(1), size)),
                               B(0.5) * exp(xsimd::min(B(1), size)));
  return xsimd::select(x == x, half + B(0.25) / half, x);
}

template <class A>
xsimd::batch<double, A> asinh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), z = x * x;
  const B p = detail::polynomial(
      xsimd::min(B(0.25), z),
      {-0.16666666666666666, 0.07499999999999996, -0.044642857142844924, 0.030381944443186402,
       -0.02237215902314741, 0.017352762229875335, -0.013964797578876075, 0.011551137621019985,
       -0.00975491904206287, 0.008342249663270756, -0.007065506197211902, 0.005547135855440339,
       -0.003454740471882876, 0.0012013026256869684});
  const B near = xsimd::fma(x * z, p, x);
  const auto far = size > B(0.5);
  if (!xsimd::any(far)) return near;
  // Beyond 2^28 the root is x, and 2 x could overflow.
  const auto huge = size > B(0x1p28);
  const B v = xsimd::select(huge, B(1), xsimd::max(B(0.5), size));
  const detail::Sum<A> square = detail::exact_product(v, v);
  const detail::Sum<A> one_more =
      detail::exact_sum(xsimd::max(B(1), square.high), xsimd::min(B(1), square.high));
  const B root = xsimd::sqrt(one_more.high);
  const detail::Sum<A> back = detail::exact_product(root, root);
  const B lost =
      ((one_more.high - back.high) - back.low + (one_more.low + square.low)) / (root + root);
  detail::Sum<A> sum = detail::exact_sum(root, v);
  sum.low = sum.low + lost;
  const B y = xsimd::select(huge, log(size) + B(0.69314718055994529), detail::log_of_sum(sum));
  return xsimd::select(far, y | xsimd::bitofsign(x), near);
}

template <class A>
xsimd::batch<double, A> acosh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B t = x - B(1);
  const B p =
      detail::polynomial(xsimd::min(B(0.5), t),
                         {-0.08333333333333333, 0.01874999999999999, -0.0055803571428556156,
                          0.0018988715276991501, -0.0006991299694733601, 0.00027113690984185474,
                          -0.00010909998108545202, 4.512163133506919e-05, -1.905257626642103e-05,
                          8.146728222322372e-06, -3.4499542665017835e-06, 1.354281300084685e-06,
                          -4.2172131074086577e-07, 7.332171317646615e-08});
  const B root_of_2t = xsimd::sqrt(t + t);
  const B near = xsimd::fma(root_of_2t * t, p, root_of_2t);
  const auto far = x > B(1.5);
  if (!xsimd::any(far)) return near;
  const auto huge = x > B(0x1p28);
  const B v = xsimd::select(huge || !far, B(2), x);
  const detail::Sum<A> square = detail::exact_product(v, v);
  const detail::Sum<A> one_less = detail::exact_sum(square.high, B(-1));
  const B root = xsimd::sqrt(one_less.high);
  const detail::Sum<A> back = detail::exact_product(root, root);
  const B lost =
      ((one_less.high - back.high) - back.low + (one_less.low + square.low)) / (root + root);
  detail::Sum<A> sum = detail::exact_sum(v, root);
  sum.low = sum.low + lost;
  const B y = xsimd::select(huge, log(x) + B(0.69314718055994529), detail::log_of_sum(sum));
  return xsimd::select(far, y, near);
}

template <class A>
xsimd::batch<double, A> atanh(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), z = x * x;
  const B p = detail::polynomial(
      xsimd::min(B(0.25), z),
      {0.3333333333333333, 0.19999999999999934, 0.14285714285734208, 0.11111111108774233,
       0.0909090923407721, 0.07692302426272944, 0.06666792624816296, 0.05880296585638073,
       0.05286737081121695, 0.045693534503622325, 0.05468268400214065, -0.005783755373900362,
       0.16366866058946122, -0.1845066086122662, 0.2265381875812448});
  const B near = xsimd::fma(x * z, p, x);
  const auto far = size > B(0.5);
  if (!xsimd::any(far)) return near;
  const B y = B(0.5) * log1p((size + size) / (B(1) - size));
  return xsimd::select(far, y | xsimd::bitofsign(x), near);
}

}  // namespace cinta::kernels
