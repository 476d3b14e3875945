#pragma once
// The logarithm of the gamma function and its slopes. Only for *_simd.cpp files.
//
// Of positive numbers in vectors: between 1 and 3 by a polynomial times the zeros, below 1 by the
// step from x + 1, from 3 to 8 by steps from there, above by Stirling's series, 6.1.41 and 6.3.18
// of M. Abramowitz, I. Stegun, Handbook of Mathematical Functions. polygamma of the orders 1 to 3
// is a sum of ten powers, the others by Euler's and Maclaurin's formula. Of others one number after
// the other.

#include <cinta/ops/kernels/simd/math/lanewise.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>

namespace cinta::kernels {

namespace detail {

/// lgamma(x) / ((x - 1) (x - 2)) in x - 2, and digamma(x) over x less its zero, for x from 1 to 3.
/// Coefficients fitted at Chebyshev's points.
inline constexpr double lgamma_near_2[] = {
    0.42278433509846713,     -0.10031730167435392,    0.03296500062115574,
    -0.012384192193371238,   0.004998641164703528,    -0.002108130833958805,
    0.0009153769220696921,   -0.00040570739742046497, 0.00018255264185594036,
    -8.30951276372239e-05,   3.8168863787885225e-05,  -1.766166422556033e-05,
    8.222342452139818e-06,   -3.847396648270243e-06,  1.8074775340912791e-06,
    -8.526588188526563e-07,  4.0551922127948146e-07,  -1.9252286332850674e-07,
    8.75360413423732e-08,    -4.17254430301382e-08,   2.615457216445561e-08,
    -1.2569945435720683e-08, -6.830399052794191e-10,  3.613371593815743e-10,
    4.885761922683655e-09,   -2.372580625023415e-09,  -1.3764318718154119e-09,
    6.705737026247826e-10,   4.226016675377439e-10,   -2.0542420991550905e-10};
inline constexpr double digamma_near_2[] = {
    0.7853075386041053,      -0.2607389546830014,     0.10899991701762626,
    -0.04955103291767291,    0.023447309597724546,    -0.011338432553333682,
    0.005552254171350814,    -0.0027395728831692795,  0.0013581421903714414,
    -0.000675313369799565,   0.00033643237613001386,  -0.00016781518722379935,
    8.377966540530644e-05,   -4.184622931937881e-05,  2.0891708911121205e-05,
    -1.044106631983514e-05,  5.26871942897218e-06,    -2.6338311326151924e-06,
    1.2119815782595426e-06,  -6.059322795045256e-07,  4.6173797029851077e-07,
    -2.3086248081342955e-07, -5.6422994902202784e-08, 2.821220170829738e-08,
    1.1540536834062045e-07,  -5.77025926771739e-08,   -3.5705337308985145e-08,
    1.7852672191376552e-08,  1.0201545142033868e-08,  -5.100770214989469e-09};

/// x, or where it is from 3 to 8 the number between 2 and 3 that lies a whole one below, with the
/// product of those in between, and what the sum of their inverses is over that product.
template <class A>
struct Steps {
  Doubles<A> rest, product, inverses;
};
template <class A>
Steps<A> steps_down(const Doubles<A>& x) {
  using B = Doubles<A>;
  Steps<A> steps{x, B(1), B(0)};
  for (int i = 0; i < 5; ++i) {
    const auto above = steps.rest >= B(3);
    const B next = steps.rest - B(1);
    steps.inverses =
        xsimd::select(above, xsimd::fma(steps.inverses, next, steps.product), steps.inverses);
    steps.product = xsimd::select(above, steps.product * next, steps.product);
    steps.rest = xsimd::select(above, next, steps.rest);
  }
  return steps;
}

template <class A>
Doubles<A> lgamma_of_positive(const Doubles<A>& x) {
  using B = Doubles<A>;
  const auto large = x >= B(8), below = x < B(1);
  const Steps<A> steps = steps_down(xsimd::select(large, B(2), xsimd::select(below, x + B(1), x)));
  const B logarithm = log(xsimd::select(large || below, x, steps.product));
  const B t = xsimd::select(below, x - B(1), steps.rest - B(2));  // without the step's rounding
  const B near = xsimd::select(below, x, t + B(1)) * t * polynomial(t, lgamma_near_2);
  const B z = B(1) / x, q = z * z;
  const B series = z * polynomial(q, {1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188,
                                      -691.0 / 360360, 1.0 / 156, -3617.0 / 122400});
  const B stirling = xsimd::fma(x - B(0.5), logarithm - B(1), B(0.41893853320467274178) + series);
  const B y =
      xsimd::select(large, stirling, xsimd::select(below, near - logarithm, near + logarithm));
  return xsimd::select(x > B(1e300), x * (logarithm - B(1)), y);
}

template <class A>
Doubles<A> digamma_of_positive(const Doubles<A>& x) {
  using B = Doubles<A>;
  const auto large = x >= B(8), below = x < B(1);
  const Steps<A> steps = steps_down(xsimd::select(large, B(2), xsimd::select(below, x + B(1), x)));
  // The zero in two parts.
  const B from = (steps.rest - B(1.4616321449683622)) - B(9.549995429965697e-17);
  const B near = from * polynomial(steps.rest - B(2), digamma_near_2);
  const B inverse = xsimd::select(below || large, B(-1), steps.inverses) /
                    xsimd::select(below || large, x, steps.product);
  const B q = inverse * inverse;
  const B series = q * polynomial(q, {1.0 / 12, -1.0 / 120, 1.0 / 252, -1.0 / 240, 1.0 / 132,
                                      -691.0 / 32760, 1.0 / 12, -3617.0 / 8160});
  return xsimd::select(large, log(x) + (B(0.5) * inverse - series), near + inverse);
}

/// n = 1, 2 or 3.
template <class A>
Doubles<A> polygamma_of_positive(const Doubles<A>& n, const Doubles<A>& x) {
  using B = Doubles<A>;
  const auto second = n >= B(2), third = n >= B(3);
  const auto power = [&](const B& v) {  // v^n
    return v * xsimd::select(second, v, B(1)) * xsimd::select(third, v, B(1));
  };
  constexpr int terms = 10;
  const B i = B(1) / (x + B(terms)), q = i * i, last = power(i);
  B sum = B(0.5) * last * i, next = last * q, factor = n + B(1);
  B rising = n + B(2);
  // (2 j)! over the Bernoulli numbers.
  for (const double quotient :
       {12.0, -720.0, 30240.0, -1209600.0, 47900160.0, -1.8924375803183791606e9, 7.47242496e10}) {
    sum = xsimd::fma(factor * next, B(1 / quotient), sum);
    factor = factor * rising * (rising + B(1));
    rising = rising + B(2);
    next = next * q;
  }
  for (int k = terms; k-- > 0;) {
    const B v = x + B(k);
    sum = sum + B(1) / (v * power(v));
  }
  const B factorial = xsimd::select(third, B(6), xsimd::select(second, B(2), B(1)));
  const B y = xsimd::fma(factorial, sum, xsimd::select(third, B(2), B(1)) * last);
  return xsimd::select(second && !third, -y, y);
}

/// f of what is positive, else `other`, which takes one number after the other.
template <class A, class F, class G>
Doubles<A> of_positive(const Doubles<A>& x, const F& f, const G& other) {
  using B = Doubles<A>;
  const auto usual = x > B(0) && x < B(std::numeric_limits<double>::infinity());
  const B y = f(xsimd::select(usual, x, B(1)));
  return xsimd::all(usual) ? y : xsimd::select(usual, y, other(x));
}

}  // namespace detail

#define CINTA_GAMMA(name)                                               \
  template <class A>                                                    \
  xsimd::batch<double, A> name(const xsimd::batch<double, A>& x) {      \
    return detail::of_positive<A>(                                      \
        x, [](const auto& v) { return detail::name##_of_positive(v); }, \
        [](const auto& v) { return lanewise::name(v); });               \
  }                                                                     \
  template <class A>                                                    \
  xsimd::batch<float, A> name(const xsimd::batch<float, A>& x) {        \
    return detail::in_double([](const auto& v) { return name(v); }, x); \
  }
CINTA_GAMMA(lgamma)
CINTA_GAMMA(digamma)
#undef CINTA_GAMMA

template <class A>
xsimd::batch<double, A> polygamma(const xsimd::batch<double, A>& n,
                                  const xsimd::batch<double, A>& x) {
  using B = xsimd::batch<double, A>;
  const auto usual = x > B(0) && x < B(std::numeric_limits<double>::infinity()) &&
                     (n == B(1) || n == B(2) || n == B(3));
  const B y = detail::polygamma_of_positive<A>(n, xsimd::select(usual, x, B(1)));
  return detail::where_moderate(usual, y, [&] { return lanewise::polygamma(n, x); });
}
template <class A>
xsimd::batch<float, A> polygamma(const xsimd::batch<float, A>& n, const xsimd::batch<float, A>& x) {
  return detail::in_double([](const auto& a, const auto& b) { return polygamma(a, b); }, n, x);
}

}  // namespace cinta::kernels
