#pragma once
// Private to distributions: formulas of gamma functions for large arguments, without the digits
// that these have in common. Their logarithms grow as x log(x), and what is left of them does not.

#include <array>
#include <cinta/distributions/detail/formula.hpp>

namespace cinta::distributions {

/// The sum of coefficients times powers of x, the last one's first.
template <std::size_t n>
Element power_series(const std::array<double, n>& coefficients, Element x) {
  Element sum = coefficients[n - 1];
  for (std::size_t i = n - 1; i-- > 0;) sum = coefficients[i] + x * sum;
  return sum;
}

/// atanh(v) / v - 1, of v^2 up to 0.013.
inline Element atanh_rest(Element w) {
  const std::array series{1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
                          1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17};
  return w * power_series(series, w);
}

/// What Stirling's formula leaves of log(gamma(x)) for x > 0, by 6.1.41 of M. Abramowitz,
/// I. Stegun, Handbook of Mathematical Functions, from 10 on.
inline Element stirling_rest(Element x) {
  const Condition is_small = x < 10;
  const Element small = where(is_small, x, 10), i = 1 / where(is_small, 10, x);
  const std::array series{1.0 / 12,   -1.0 / 360,        1.0 / 1260, -1.0 / 1680,
                          1.0 / 1188, -691.0 / 360360.0, 1.0 / 156};
  return where(is_small, lgamma(small) - ((small - 0.5) * log(small) - small + half_log_two_pi),
               i * power_series(series, i * i));
}

/// Its slope, with the sign turned: log(x) - 1 / (2 x) - digamma(x), by 6.3.18 of the same.
inline Element stirling_fall(Element x) {
  const Condition is_small = x < 10;
  const Element small = where(is_small, x, 10), i = 1 / where(is_small, 10, x), q = i * i;
  const std::array series{1.0 / 12,  -1.0 / 120,       1.0 / 252, -1.0 / 240,
                          1.0 / 132, -691.0 / 32760.0, 1.0 / 12};
  return where(is_small, log(small) + 0.5 / small - digamma(1 + small),
               q * power_series(series, q));
}

/// Its second slope times x^2, by 6.4.12 of the same.
inline Element stirling_curve(Element x) {
  const Condition is_small = x < 10;
  const Element small = where(is_small, x, 10), i = 1 / where(is_small, 10, x);
  const std::array series{1.0 / 6,  -1.0 / 30,       1.0 / 42, -1.0 / 30,
                          5.0 / 66, -691.0 / 2730.0, 7.0 / 6};
  return where(is_small, 0.5 - small + square(small) * polygamma(1, 1 + small),
               i * power_series(series, i * i));
}

/// x (r - 1 - log(r)), where r x = x + step: what a Poisson variable of mean r x has to pay for
/// being x. Where r is near 1 it is a series, of log(r) = 2 atanh(v).
inline Element deviance(Element x, Element step, Element log_r) {
  const Condition is_near = abs(step) < 0.2 * x;
  const Element e = where(is_near, step / x, 0), v = e / (2 + e);
  const Element near = x * v * (e - 2 * atanh_rest(square(v)));
  return where(is_near, near, step - x * log_r);
}

/// The logarithm of m^x exp(-m) / gamma(x + 1) for x > 0: C. Loader, "Fast and accurate computation
/// of binomial probabilities", 2000.
inline Element log_poisson(Element x, Element m, Element log_m) {
  const Element log_x = log(x);
  return -stirling_rest(x) - deviance(x, m - x, log_m - log_x) - 0.5 * log_x - half_log_two_pi;
}

/// f(b) - f(a) - (b - a) f'(a) for f(x) = lgamma(x) - x log(x), for a, b > 0: that of -log(x) / 2
/// and that of Stirling's rest, where a and b are near by (b - a)^2 times the mean of f'' / 2
/// between them, with weights 1 - t at six places t.
inline Element gamma_divergence(Element a, Element b) {
  const Element step = b - a, e = step / a;
  const Condition is_near = abs(e) < 0.2;
  const Element start = where(is_near, a, 1), way = where(is_near, step, 0);
  constexpr double rule[][2]{
      {0.029316427159784892, 0.072310330725508684}, {0.14807859966848429, 0.13554249723151862},
      {0.3369846902811543, 0.14079255378819893},    {0.55867151877155013, 0.098661150890655264},
      {0.7692338620300545, 0.043955165550508976},   {0.92694567131974111, 0.0087383018136095318}};
  Element near = 0;
  for (const auto& place : rule) {
    const Element x = start + place[0] * way;
    near = near + place[1] * square(way / x) * stirling_curve(x);
  }
  const Element from = where(is_near, 1, a), to = where(is_near, 2, b);
  const Element far = stirling_rest(to) - stirling_rest(from) + (to - from) * stirling_fall(from);
  return 0.5 * deviance(1, e, log(b) - log(a)) + where(is_near, near, far);
}

/// The entropy of a gamma distribution of rate 1.
inline Element gamma_entropy(Element a) {
  const Condition is_small = a < 10;
  const Element small = where(is_small, a, 10), large = where(is_small, 10, a);
  return where(is_small, small + lgamma(small) + (1 - small) * digamma(small),
               half_log_two_pi + 0.5 * log(large) + stirling_rest(large) +
                   (large - 1) * (0.5 / large + stirling_fall(large)));
}

}  // namespace cinta::distributions
