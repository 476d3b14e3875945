#pragma once
// tan in double precision, and the inverse functions of sin, cos and tan. Only for *_simd.cpp
// files. In single precision all are computed in double.

#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/parts.hpp>

namespace cinta::kernels {

namespace detail {

/// tan(x) for |x| up to 2^20.
template <class A>
Doubles<A> tan_of_moderate(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B n = xsimd::nearbyint(x * B(0.63661977236758134));
  // pi / 2 in three parts, of which the first two have 30 bits: n times them is exact, and so is
  // the first difference.
  const B first = xsimd::fnma(n, B(0x1.921fb54p+0), x), turn = n * B(0x1.10b46118p-30);
  const B second = first - turn, off = (first - second) - turn;
  const B third = n * B(5.170182981794105e-19);
  const Sum<A> r = exact_sum(second, off - third);
  const B z = r.high * r.high;
  const B s = polynomial(z, {-0.16666666666666666, 0.008333333333333331, -0.0001984126984126506,
                             2.7557319219335453e-06, -2.5052106231157904e-08, 1.605853141458901e-10,
                             -7.586685070091267e-13});
  const B c = polynomial(z, {0.041666666666666664, -0.0013888888888888887, 2.4801587301584645e-05,
                             -2.755731922140076e-07, 2.0876755790363397e-09,
                             -1.1470460773969325e-11, 4.7458652037874553e-14});
  // Both with what their rounding lost.
  const B half = B(0.5) * z;
  const Sum<A> sine = exact_sum(r.high, xsimd::fma(r.high * z, s, xsimd::fnma(half, r.low, r.low)));
  Sum<A> cosine = exact_sum(B(1), -half);
  const Sum<A> square = exact_product(r.high, r.high);
  cosine.low = cosine.low + xsimd::fnma(r.high, r.low, xsimd::fma(z * z, c, B(-0.5) * square.low));
  // In odd quarters the negative quotient of the other order.
  const auto odd = n - B(2) * xsimd::floor(n * B(0.5)) == B(1);
  const B above = xsimd::select(odd, -cosine.high, sine.high);
  const B above_low = xsimd::select(odd, -cosine.low, sine.low);
  const B below = xsimd::select(odd, sine.high, cosine.high);
  const B below_low = xsimd::select(odd, sine.low, cosine.low);
  const B q = above / below;
  const Sum<A> back = exact_product(q, below);
  return q + (((above - back.high) - back.low) + (above_low - q * below_low)) / below;
}

/// asin(x) / x - 1 over x^2 = z <= 1/4, with a relative error of 5e-18.
template <class A>
Doubles<A> arc_sine_rest(const Doubles<A>& z) {
  return polynomial(
      z, {0.16666666666666666, 0.07500000000000118, 0.04464285714255189, 0.0303819444755325,
          0.022372157443499355, 0.017352816540553255, 0.01396378000798693, 0.011566459664246437,
          0.009621842530506778, 0.009319563332347104, 0.003044870046905273, 0.019554538003846208,
          -0.019241707598188187, 0.029612034269949298});
}

/// Half the angle whose cosine is x, of 1/2 <= x <= 1: the arc sine of sqrt((1 - x) / 2), in a part
/// and what it lost.
template <class A>
Sum<A> half_arc(const Doubles<A>& x) {
  using B = Doubles<A>;
  const B w = B(0.5) - B(0.5) * x, s = xsimd::sqrt(w);
  const Sum<A> square = exact_product(s, s);
  const B lost = xsimd::select(w == B(0), B(0), ((w - square.high) - square.low) / (s + s));
  return {s, xsimd::fma(s * w, arc_sine_rest(w), lost)};
}

}  // namespace detail

template <class A>
xsimd::batch<double, A> tan(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const auto moderate = xsimd::abs(x) <= B(0x1p20);
  const B y = xsimd::select(x == B(0), x, detail::tan_of_moderate(x));  // -0 stays
  return xsimd::all(moderate) ? y : xsimd::select(moderate, y, lanewise::tan(x));
}

template <class A>
xsimd::batch<double, A> asin(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), z = x * x;
  const B near = xsimd::fma(x * z, detail::arc_sine_rest(xsimd::min(B(0.25), z)), x);
  const auto far = size > B(0.5);
  if (!xsimd::any(far)) return near;
  const detail::Sum<A> half = detail::half_arc(size);
  // pi / 2 in two parts.
  const B rest = B(2) * half.low - B(6.123233995736766e-17);
  const B y = B(1.5707963267948966) - (B(2) * half.high + rest);
  return xsimd::select(far, y | xsimd::bitofsign(x), near);
}

template <class A>
xsimd::batch<double, A> acos(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x), z = x * x;
  const B rest = x * z * detail::arc_sine_rest(xsimd::min(B(0.25), z));
  const B near = B(1.5707963267948966) - (x + (rest - B(6.123233995736766e-17)));
  const auto far = size > B(0.5);
  if (!xsimd::any(far)) return near;
  const detail::Sum<A> half = detail::half_arc(size);
  const B right = B(2) * (half.high + half.low);
  const B left =
      B(3.1415926535897931) - (B(2) * half.high + (B(2) * half.low - B(1.2246467991473532e-16)));
  return xsimd::select(far, xsimd::select(x < B(0), left, right), near);
}

/// Around 0, pi / 4 and pi / 2 by x, (x - 1) / (x + 1) and -1 / x, each at most tan(pi / 8).
template <class A>
xsimd::batch<double, A> atan(const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const B size = xsimd::abs(x);
  const auto middle = size > B(0.41421356237309503), far = size > B(2.4142135623730949);
  const B above = xsimd::select(far, B(-1), xsimd::select(middle, size - B(1), size));
  const B below = xsimd::select(far, size, xsimd::select(middle, size + B(1), B(1)));
  const B u = above / below, z = u * u;
  const B p = detail::polynomial(
      z, {-0.3333333333333333, 0.19999999999999993, -0.14285714285711515, 0.11111111110754406,
          -0.0909090906699066, 0.07692306735321475, -0.06666642004996545, 0.05881925033877732,
          -0.052580394289794816, 0.04719381457895137, -0.041043814178076427, 0.030634433239014516,
          -0.013916943217800834});
  const B base = xsimd::select(far, B(1.5707963267948966),
                               xsimd::select(middle, B(0.78539816339744828), B(0)));
  const B low = xsimd::select(far, B(6.123233995736766e-17),
                              xsimd::select(middle, B(3.061616997868383e-17), B(0)));
  return (base + (u + xsimd::fma(u * z, p, low))) | xsimd::bitofsign(x);
}

}  // namespace cinta::kernels
