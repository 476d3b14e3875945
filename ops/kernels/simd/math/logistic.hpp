#pragma once
// The logistic function and what it is the slope of. Only for *_simd.cpp files.
//
// In double precision they are made of exp, log1p and a quotient, whose roundings stay below two
// units. In single precision one unit is asked for: a quotient gets back what its denominator lost,
// and a logarithm is computed in double.

#include <cinta/ops/kernels/simd/math/exp.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>

namespace cinta::kernels {

namespace detail {

/// log(1 + exp(-|x|)) of what was single precision, with a relative error of 3e-9.
template <class A>
Doubles<A> short_log1p_exp(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B e = short_exp(xsimd::max(B(-110), -xsimd::abs(x)));  // in this order NaN stays
  return e * polynomial(e, {0.99999999926028005, -0.49999981484769068, 0.33332560881207318,
                            -0.24987282751490689, 0.19890803530235945, -0.16105835300467294,
                            0.12418641900883275, -0.082443221977110334, 0.041478445916370857,
                            -0.01340721582740601, 0.0020301059445507765});
}

// log(1 + exp(-|x|)), for the dtype of what is given.
template <class A>
Doubles<A> log1p_exp(const Doubles<A>& x) {
  return log1p(exp(-xsimd::abs(x)));
}

// log1p_exp is that of -|x|.
template <class B, class F>
B softplus_by(const B& x, const F& log1p_exp) {
  return xsimd::max(x, B(0)) + log1p_exp(x);
}
template <class B, class F>
B logistic_loss_by(const B& x, const B& target, const F& log1p_exp) {
  const B slope = xsimd::select(x > B(0), B(1) - target, -target);
  return xsimd::select(slope == B(0), B(0), slope * x) + log1p_exp(x);  // no 0 * infinity
}

}  // namespace detail

/// The logarithm of a share over the other: with s, the smaller of x and 1 - x, that is log(1 + w)
/// for w = (1 - 2 s) / s, which is exact where x is near 1/2 and where it is small.
template <class A>
xsimd::batch<double, A> logit(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const auto below = x < B(0.5);
  const B share = xsimd::select(below, x + B(0), B(1) - x);  // -0 becomes 0
  const auto tiny = share < B(0x1p-900);                     // whose inverse overflows
  const B s = xsimd::select(tiny, share * B(0x1p200), share);
  const detail::Sum<A> rest = detail::exact_sum(B(1), B(-2) * s);
  const B w = rest.high / s;
  // What the quotient was rounded by, over 1 + w.
  const detail::Sum<A> back = detail::exact_product(w, s);
  const B lost = ((rest.high - back.high) - back.low + rest.low) / (B(1) - s);
  const B more = xsimd::select(tiny, B(138.62943611198907), lost);  // 200 log 2
  const B y =
      xsimd::select(share < B(0), B(std::numeric_limits<double>::quiet_NaN()), log1p(w) + more);
  return xsimd::select(below, -y, y);
}
template <class A>
xsimd::batch<float, A> logit(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    using B = std::decay_t<decltype(v)>;
    const auto below = v < B(0.5);
    const B s = xsimd::select(below, v + B(0), B(1) - v);
    const B y = detail::short_log1p((B(1) - (s + s)) / s);
    return xsimd::select(below, -y, y);
  };
  return detail::in_double(f, x);
}

/// N / (N + 1 + s) with exp(-x) = (1 + s) / N, N a power of two: the denominator is rounded once,
/// and the quotient gets back what that took.
template <class A>
xsimd::batch<float, A> sigmoid(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
  // In this order of arguments NaN stays; beyond these bounds the result is 1 or 0.
  const B v = xsimd::min(B(40), xsimd::max(B(-105), x));
  const auto exponent = xsimd::nearbyint_as_int(v * B(1.44269504f));
  const B n = xsimd::to_float(exponent);
  const B r = xsimd::fnma(n, B(-2.12194440e-4f), xsimd::fnma(n, B(0.693359375f), v));
  const B q = detail::polynomial(r, {0.499999940395f, -0.16666521132f, 0.0416683889925f,
                                     -0.00836874544621f, 0.00138145405799f});
  const B s = xsimd::fma(r * r, q, -r);
  // 2^32 N, since N is as small as 2^-152.
  const B power = xsimd::ldexp(B(1), exponent + 32), down(0x1p-32f);
  const B most = xsimd::fma(power, down, B(1)), sum = most + s;
  // What rounding took from both sums.
  const B lost = (s - (sum - most)) + xsimd::fma(power, down, B(1) - most);
#if defined(__FMA__) || defined(__aarch64__)
  const B rounded = B(1) / sum;
  const B left = xsimd::fnma(rounded, lost, xsimd::fnma(rounded, sum, B(1)));
  const B share = xsimd::fma(rounded, left, rounded);
#else
  const auto inverse = [](const auto& a, const auto& rest) {
    return decltype(a + rest)(1) / (a + rest);
  };
  const B share = detail::in_double(inverse, sum, lost);
#endif
  return power * share * down;
}
// exp of a negative number cannot overflow; both halves are exact there.
template <class A>
xsimd::batch<double, A> sigmoid(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B e = exp(-xsimd::abs(x));
  return xsimd::select(x < B(0), e, B(1)) / (B(1) + e);
}

template <class A>
xsimd::batch<float, A> softplus(const xsimd::batch<float, A>& x) {
  return detail::in_double(
      [](const auto& v) {
        return detail::softplus_by(v, [](const auto& w) { return detail::short_log1p_exp(w); });
      },
      x);
}
template <class A>
xsimd::batch<double, A> softplus(const xsimd::batch<double, A>& x) {
  return detail::softplus_by(x, [](const auto& v) { return detail::log1p_exp(v); });
}

/// log(1 + exp(x)) - target * x, where target is 0 or 1 exact for large x too.
template <class A>
xsimd::batch<float, A> logistic_loss(const xsimd::batch<float, A>& x,
                                     const xsimd::batch<float, A>& target) {
  return detail::in_double(
      [](const auto& v, const auto& t) {
        return detail::logistic_loss_by(v, t,
                                        [](const auto& w) { return detail::short_log1p_exp(w); });
      },
      x, target);
}
template <class A>
xsimd::batch<double, A> logistic_loss(const xsimd::batch<double, A>& x,
                                      const xsimd::batch<double, A>& target) {
  return detail::logistic_loss_by(x, target, [](const auto& v) { return detail::log1p_exp(v); });
}

/// sigmoid(x) - target as (1 - target) sigmoid(x) - target sigmoid(-x): what is small does not come
/// from a difference.
template <class A>
xsimd::batch<float, A> logistic_slope(const xsimd::batch<float, A>& x,
                                      const xsimd::batch<float, A>& target) {
  using B = xsimd::batch<float, A>;
  const B small = sigmoid(-xsimd::abs(x)), large = B(1) - small;
  const auto below = x < B(0);
  return (B(1) - target) * xsimd::select(below, small, large) -
         target * xsimd::select(below, large, small);
}
template <class A>
xsimd::batch<double, A> logistic_slope(const xsimd::batch<double, A>& x,
                                       const xsimd::batch<double, A>& target) {
  using B = xsimd::batch<double, A>;
  const B e = exp(-xsimd::abs(x)), small = e / (B(1) + e), large = B(1) / (B(1) + e);
  const auto below = x < B(0);
  return (B(1) - target) * xsimd::select(below, small, large) -
         target * xsimd::select(below, large, small);
}

}  // namespace cinta::kernels
