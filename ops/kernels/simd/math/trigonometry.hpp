#pragma once
// sin, cos, tan and sinc. Only for *_simd.cpp files.
//
// An angle becomes a multiple of a quarter of the circle and a rest of at most pi / 4. Elements
// beyond 2^20 are computed by the C library, and they alone: a value does not depend on its
// neighbours, as xsimd's in double precision do.

#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels {

namespace detail {

/// An angle: `quarters` pi / 2, of whose bits the last two count, and a rest.
template <class A>
struct Turn {
  Words<A> quarters;
  Sum<A> rest;
};

/// For |x| up to 2^20. pi / 2 in three parts, of which the first has 33 bits and times a number of
/// quarters is exact, so that the rest has all its digits also next to a multiple of pi / 2.
template <class A>
Turn<A> turn_of(const Doubles<A>& x) {
  using B = Doubles<A>;
  // The sum has the number of quarters in its last bits.
  const B shift(0x1.8p52), shifted = xsimd::fma(x, B(0.63661977236758134), shift),
                           n = shifted - shift;
  const B first = x - n * B(0x1.921fb544p+0);
  const Sum<A> product = exact_product(n, B(-0x1.0b4611a626331p-34));
  const Sum<A> rest = exact_sum_of_any(first, product.high);
  const B low = xsimd::fma(n, B(-0x1.1701b839a2520p-88), rest.low + product.low);
  return {std::bit_cast<Words<A>>(shifted), exact_sum(rest.high, low)};
}

/// The same of what was single precision, whose rest needs no second number.
template <class A>
Turn<A> short_turn_of(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B shift(0x1.8p52), shifted = xsimd::fma(x, B(0.63661977236758134), shift),
                           n = shifted - shift;
  const B rest = xsimd::fma(n, B(-6.077100506506192e-11), x - n * B(0x1.921fb544p+0));
  return {std::bit_cast<Words<A>>(shifted), {rest, B(0)}};
}

/// Of a rest. Coefficients fitted at Chebyshev's points.
template <class A>
Doubles<A> sine(const Sum<A>& r) {
  using B = Doubles<A>;
  const B z = r.high * r.high;
  const B p =
      polynomial(z, {-0.16666666666666666, 0.008333333333330946, -0.0001984126983675497,
                     2.755731610068303e-06, -2.5051131455427946e-08, 1.591810123027412e-10});
  return r.high + xsimd::fma(r.high * z, p, xsimd::fma(B(-0.5) * z, r.low, r.low));
}
template <class A>
Doubles<A> cosine(const Sum<A>& r) {
  using B = Doubles<A>;
  const B z = r.high * r.high, half = B(0.5) * z, most = B(1) - half;
  const B p =
      polynomial(z, {0.041666666666666664, -0.0013888888888887395, 2.4801587298763433e-05,
                     -2.7557317270560326e-07, 2.0876146024689747e-09, -1.1382614868556325e-11});
  return most + xsimd::fma(z * z, p, xsimd::fma(-r.high, r.low, (B(1) - most) - half));
}

/// With a relative error of 2^-33.
template <class A>
Doubles<A> short_sine(const Sum<A>& r) {
  const Doubles<A> z = r.high * r.high;
  return xsimd::fma(r.high * z,
                    polynomial(z, {-0.16666666663832763, 0.008333331865959397,
                                   -0.00019840082012760165, 2.724931405420221e-06}),
                    r.high);
}
template <class A>
Doubles<A> short_cosine(const Sum<A>& r) {
  const Doubles<A> z = r.high * r.high;
  return xsimd::fma(z,
                    polynomial(z, {-0.4999999996887198, 0.041666650548440015,
                                   -0.0013887583970811775, 2.4463116701892957e-05}),
                    Doubles<A>(1));
}

template <class A>
auto is_even(const Words<A>& quarters) {
  const Words<A> last = (quarters & Words<A>(1)) << 62;  // the bits of 0 or 2
  return std::bit_cast<Doubles<A>>(last) == Doubles<A>(0);
}

/// The sine of an angle, from the sine and the cosine of its rest.
template <class A>
Doubles<A> by_quarter(const Words<A>& quarters, const Doubles<A>& sine, const Doubles<A>& cosine) {
  const Words<A> sign = (quarters & Words<A>(2)) << 62;
  return xsimd::select(is_even(quarters), sine, cosine) ^ std::bit_cast<Doubles<A>>(sign);
}

template <class A>
Doubles<A> sin_of_moderate(const Doubles<A>& x) {
  const Turn<A> turn = turn_of(x);
  const Doubles<A> y = by_quarter(turn.quarters, sine(turn.rest), cosine(turn.rest));
  return xsimd::select(x == Doubles<A>(0), x, y);  // -0 stays
}
template <class A>
Doubles<A> cos_of_moderate(const Doubles<A>& x) {
  const Turn<A> turn = turn_of(x);
  return by_quarter(turn.quarters + Words<A>(1), sine(turn.rest), cosine(turn.rest));
}
template <class A>
Doubles<A> tan_of_moderate(const Doubles<A>& x) {
  using B = Doubles<A>;
  const Turn<A> turn = turn_of(x);
  const Sum<A>& r = turn.rest;
  const B z = r.high * r.high;
  const B p = polynomial(
      z, {0.33333333333333326, 0.1333333333333738, 0.053968253964003406, 0.02186948871148123,
          0.00886323176795103, 0.0035921762126802865, 0.0014554364868929815, 0.0005922453215546008,
          0.00023058041781809802, 0.00011987274102839436, -3.2584348600342348e-06,
          6.851811903516228e-05, -3.3750009213149565e-05, 1.8229310597256832e-05});
  const B more = r.high * z * p, rounded = xsimd::fma(r.high * z, p, r.high);
  // A slope of 1 + tan(r)^2.
  const Sum<A> t = exact_sum(r.high, xsimd::fma(xsimd::fma(rounded, rounded, B(1)), r.low, more));
  // -1 / t, to which is given back what the quotient and t were rounded by.
  const B q = B(-1) / t.high;
  const Sum<A> back = exact_product(q, t.high);
  const B inverse = xsimd::fma(q, xsimd::fma(q, t.low, (B(1) + back.high) + back.low), q);
  return xsimd::select(x == B(0), x, xsimd::select(is_even(turn.quarters), t.high, inverse));
}

template <class A>
Doubles<A> short_sin_of_moderate(const Doubles<A>& x) {
  const Turn<A> turn = short_turn_of(x);
  const Doubles<A> y = by_quarter(turn.quarters, short_sine(turn.rest), short_cosine(turn.rest));
  return xsimd::select(x == Doubles<A>(0), x, y);
}
template <class A>
Doubles<A> short_cos_of_moderate(const Doubles<A>& x) {
  const Turn<A> turn = short_turn_of(x);
  return by_quarter(turn.quarters + Words<A>(1), short_sine(turn.rest), short_cosine(turn.rest));
}
template <class A>
Doubles<A> short_tan_of_moderate(const Doubles<A>& x) {
  using B = Doubles<A>;
  const Turn<A> turn = short_turn_of(x);
  const B r = turn.rest.high, z = r * r;
  const B t =
      xsimd::fma(r * z,
                 polynomial(z, {0.33333333286858047, 0.1333334295645963, 0.05396501112410255,
                                0.021910728366194846, 0.008608986710357135, 0.00442600291320277,
                                -8.831891703162699e-07, 0.0017896941363121461}),
                 r);
  return xsimd::select(x == B(0), x, xsimd::select(is_even(turn.quarters), t, B(-1) / t));
}

template <class B>
auto is_moderate_angle(const B& x) {
  return xsimd::abs(x) <= B(0x1p20f);
}

/// sin(pi x) / (pi x): x is a multiple of a quarter of the circle and a rest of at most an eighth,
/// both exact; from 2^52 on there are only whole turns.
template <class A, class Sine, class Cosine>
Doubles<A> sinc_by(const Doubles<A>& x, const Sine& sine, const Cosine& cosine) {
  using B = Doubles<A>;
  const auto times_pi = [](const B& v) {
    Sum<A> y = exact_product(v, B(0x1.921fb54442d18p+1));
    y.low = xsimd::fma(v, B(0x1.1a62633145c07p-53), y.low);
    return y;
  };
  const B n = xsimd::nearbyint(x + x), four = n - B(4) * xsimd::floor(B(0.25) * n);
  const Words<A> quarters = std::bit_cast<Words<A>>(four + B(0x1p52));
  Sum<A> rest = times_pi(xsimd::fma(B(-0.5), n, x)), angle = times_pi(x);
  // Near 0 both are the same, and what is below their last places does not matter.
  rest.low = xsimd::select(n == B(0), B(0), rest.low);
  angle.low = xsimd::select(n == B(0), B(0), angle.low);
  const B q = by_quarter(quarters, sine(rest), cosine(rest)) / angle.high;
  const B y = xsimd::fma(-q, angle.low / angle.high, q);
  return xsimd::select(x == B(0), B(1), xsimd::select(xsimd::abs(x) >= B(0x1p52), B(0), y));
}

}  // namespace detail

#define CINTA_TRIGONOMETRIC(name)                                                                  \
  template <class A>                                                                               \
  xsimd::batch<double, A> name(const xsimd::batch<double, A>& x) {                                 \
    return detail::where_moderate(detail::is_moderate_angle(x), detail::name##_of_moderate(x),     \
                                  [&] { return lanewise::name(x); });                              \
  }                                                                                                \
  template <class A>                                                                               \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {                                   \
    const auto y =                                                                                 \
        detail::in_double([](const auto& v) { return detail::short_##name##_of_moderate(v); }, x); \
    return detail::where_moderate(detail::is_moderate_angle(x), y,                                 \
                                  [&] { return lanewise::name(x); });                              \
  }
CINTA_TRIGONOMETRIC(sin)
CINTA_TRIGONOMETRIC(cos)
CINTA_TRIGONOMETRIC(tan)
#undef CINTA_TRIGONOMETRIC

/// sin(pi x) / (pi x), 1 at 0 and 0 at the other whole numbers.
template <class A>
xsimd::batch<double, A> sinc(const xsimd::batch<double, A>& x) {
  return detail::sinc_by(
      x, [](const auto& rest) { return detail::sine(rest); },
      [](const auto& rest) { return detail::cosine(rest); });
}
template <class A>
xsimd::batch<float, A> sinc(const xsimd::batch<float, A>& x) {
  const auto f = [](const auto& v) {
    return detail::sinc_by(
        v, [](const auto& rest) { return detail::short_sine(rest); },
        [](const auto& rest) { return detail::short_cosine(rest); });
  };
  return detail::in_double(f, x);
}

}  // namespace cinta::kernels
