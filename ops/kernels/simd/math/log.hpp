#pragma once
// Logarithms. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/parts.hpp>
#include <type_traits>

namespace cinta::kernels {

namespace detail {

/// log(x), which is wrong for subnormal numbers, made right; `lifted` is log(2^54).
template <class A, class Log>
Doubles<A> log_of_all(const Doubles<A>& x, double lifted, const Log& log) {
  using B = Doubles<A>;
  const auto tiny = x < B(std::numeric_limits<double>::min());
  if (!xsimd::any(tiny)) return log(x);
  return log(xsimd::select(tiny, x * B(0x1p54), x)) - xsimd::select(tiny, B(lifted), B(0));
}

}  // namespace detail

/// xsimd's in double precision take subnormal numbers for others.
template <class A>
xsimd::batch<double, A> log(const xsimd::batch<double, A>& x) {
  return detail::log_of_all(x, 37.429947750237048, [](const auto& v) { return xsimd::log(v); });
}
template <class A>
xsimd::batch<double, A> log2(const xsimd::batch<double, A>& x) {
  return detail::log_of_all(x, 54, [](const auto& v) { return xsimd::log2(v); });
}

/// xsimd's, with the sign of zero.
template <class A>
xsimd::batch<float, A> log1p(const xsimd::batch<float, A>& x) {
  return xsimd::log1p(x) | xsimd::bitofsign(x);
}
template <class A>
xsimd::batch<double, A> log1p(const xsimd::batch<double, A>& x) {
  return xsimd::log1p(x) | xsimd::bitofsign(x);
}

namespace detail {

/// x = 2^exponent * mantissa, which lies between sqrt(1/2) and sqrt(2), of a positive, finite x.
template <class A>
struct Parts {
  Doubles<A> exponent, mantissa;
};
template <class A>
Parts<A> parts_of(const Doubles<A>& given) {
  using B = Doubles<A>;
  const auto tiny = given < B(std::numeric_limits<double>::min());
  const B x = xsimd::select(tiny, given * B(0x1p54), given);
  // The exponent becomes the last bits of a double above 2^52.
  const Words<A> bits = std::bit_cast<Words<A>>(x);
  const Words<A> exponent = (bits >> 52) | Words<A>(std::bit_cast<std::int64_t>(0x1p52));
  const Words<A> mantissa =
      (bits & Words<A>((std::int64_t(1) << 52) - 1)) | Words<A>(std::bit_cast<std::int64_t>(1.0));
  const B k = std::bit_cast<B>(exponent) - xsimd::select(tiny, B(0x1p52 + 1077), B(0x1p52 + 1023));
  const B m = std::bit_cast<B>(mantissa);
  const auto upper = m > B(1.4142135623730951);
  return {xsimd::select(upper, k + B(1), k), xsimd::select(upper, m * B(0.5), m)};
}

/// log2(x) for a positive, finite x with a relative error of 2e-11, and exact for powers of two.
template <class A>
Doubles<A> short_log2(const Doubles<A>& x) {
  using B = Doubles<A>;
  const Parts<A> parts = parts_of(x);
  const B s = (parts.mantissa - B(1)) / (parts.mantissa + B(1));
  const B p = polynomial(s * s, {2.8853900817900136, 0.9617966734154973, 0.5770835733636933,
                                 0.41167329914115813, 0.3407211149549295});
  return xsimd::fma(s, p, parts.exponent);
}

/// ln(x) for a positive, finite x, exact to some 2^-65: ln(m) = 2 atanh(s) for s = (m - 1) / (m +
/// 1).
template <class A>
Sum<A> exact_log(const Doubles<A>& x) {
  using B = Doubles<A>;
  const auto [k, m] = parts_of(x);
  const B f = m - B(1);
  const Sum<A> g = exact_sum(B(1), m);
  const B inverse = B(1) / g.high;
  Sum<A> s;
  s.high = f * inverse;
  const Sum<A> back = exact_product(s.high, g.high);
  s.low = (((f - back.high) - back.low) - s.high * g.low) * inverse;

  // atanh(s) = s + s z (1/3 + z Q(z)) with z = s^2, Q of degree 8 with a relative error of 6e-24.
  const Sum<A> z = s * s;
  const B q = polynomial(z.high, {0.2, 0.14285714285714282, 0.11111111111114237,
                                  0.09090909089821875, 0.07692307881544501, 0.06666648191885022,
                                  0.058834098175152866, 0.0522809068925646, 0.05381872918304397});
  Sum<A> factor = exact_sum(B(0x1.5555555555555p-2), z.high * q);
  factor.low = factor.low + B(1.850371707708594e-17);
  const Sum<A> rest = s * (z * factor);
  Sum<A> y = exact_sum(s.high, rest.high);
  y.low = y.low + (s.low + rest.low);

  Sum<A> result = exact_sum(k * B(0x1.62e42fefa2p-1), y.high + y.high);
  result.low = result.low + xsimd::fma(k, B(7.371002565167799e-13), y.low + y.low);
  return result;
}

}  // namespace detail

namespace detail {

/// y, a logarithm of what is positive and finite, made that of any x: infinity and NaN stay; of 0
/// it is -infinity, of less NaN.
template <class B>
B log_with_edges(const B& x, const B& y) {
  using T = typename B::value_type;
  const B infinity(std::numeric_limits<T>::infinity());
  const B edge = xsimd::select(x == B(0), -infinity,
                               xsimd::select(x < B(0), B(std::numeric_limits<T>::quiet_NaN()), x));
  return xsimd::select(x > B(0) && x < infinity, y, edge);
}

/// log(1 + w), for w > -1 of what was single precision, with a relative error of 2e-11.
template <class A>
Doubles<A> short_log1p(const Doubles<A>& w) {
  using B = Doubles<A>;
  const B infinity(std::numeric_limits<double>::infinity());
  const auto [k, m] = parts_of(B(1) + w);
  const B f = xsimd::select(k == B(0), w, m - B(1)), s = f / (f + B(2));
  const B y =
      xsimd::fma(s,
                 polynomial(s * s, {2.0000000000083777, 0.6666666524498865, 0.4000038518245024,
                                    0.2853501866115047, 0.23616988018825041}),
                 k * B(0.69314718055994531));
  const B edge = xsimd::select(w < B(0), B(std::numeric_limits<double>::quiet_NaN()), w);
  return xsimd::select(w > B(-1) && w < infinity, y, edge);
}

}  // namespace detail

/// From a logarithm of twice the digits: of 1000 it is 3.
template <class A>
xsimd::batch<double, A> log10(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const detail::Sum<A> y =
      detail::exact_log(x) * detail::Sum<A>{B(0.4342944819032518), B(1.098319650216765e-17)};
  return detail::log_with_edges(x, y.high + y.low);
}
template <class A>
xsimd::batch<float, A> log10(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    return detail::short_log2(v) * std::decay_t<decltype(v)>(0.3010299956639812);
  };
  return detail::log_with_edges(x, detail::in_double(f, x));
}

/// In single precision, to a unit also near 1: x = 2^k (1 + f), and log2(1 + f) = 23/16 f + f P(f),
/// whose second term is small beside the first.
template <class A>
xsimd::batch<float, A> log2(const xsimd::batch<float, A>& x) {
  using B = xsimd::batch<float, A>;
#if defined(__FMA__) || defined(__aarch64__)
  using I = xsimd::batch<std::int32_t, A>;
  const auto tiny = x < B(std::numeric_limits<float>::min());
  const I bits = std::bit_cast<I>(xsimd::select(tiny, x * B(0x1p24f), x));
  const I exponent = (bits - I(0x3f3504f3)) >> 23;  // 1 + f lies from sqrt(1/2) to sqrt(2)
  const B k = xsimd::to_float(exponent) - xsimd::select(tiny, B(24), B(0));
  const B f = std::bit_cast<B>(bits - (exponent << 23)) - B(1);
  const B p = detail::polynomial(
      f, {0.0051950519f, -0.721347332f, 0.480898112f, -0.360696703f, 0.288567424f, -0.239616066f,
          0.204599559f, -0.191072077f, 0.186185613f, -0.109941266f});
  const B y = k + xsimd::fma(f, B(1.4375f), f * p);
#else  // where products are rounded, that is more than a unit
  const B y = detail::in_double([](const auto& v) { return detail::short_log2(v); }, x);
#endif
  return detail::log_with_edges(x, y);
}

}  // namespace cinta::kernels
