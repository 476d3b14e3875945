#pragma once
// Private to distributions: formulas of gamma functions for large arguments, without the digits
// that these have in common. Their logarithms grow as x log(x), and what is left of them does not.

#include <cinta/distributions/detail/formula.hpp>

namespace cinta::distributions {

/// What Stirling's formula leaves of log(gamma(x)) for x > 0, by 6.1.41 of M. Abramowitz,
/// I. Stegun, Handbook of Mathematical Functions, from 10 on.
inline Element stirling_rest(Element x) {
  const Condition is_small = x < 10;
  const Element small = where(is_small, x, 10), i = 1 / where(is_small, 10, x), q = i * i;
  Element sum = q * (1.0 / 156) - 691.0 / 360360;
  for (const double c : {1.0 / 1188, -1.0 / 1680, 1.0 / 1260, -1.0 / 360, 1.0 / 12})
    sum = c + q * sum;
  return where(is_small, lgamma(small) - ((small - 0.5) * log(small) - small + half_log_two_pi),
               i * sum);
}

/// The logarithm of m^x exp(-m) / gamma(x + 1) for x > 0: C. Loader, "Fast and accurate computation
/// of binomial probabilities", 2000. Where x is near m, how far they are apart is a series.
inline Element log_poisson(Element x, Element m, Element log_m) {
  const Element apart = x - m;
  const Condition is_near = abs(apart) < 0.1 * (x + m);
  const Element v = where(is_near, apart / (x + m), 0), w = v * v;
  Element sum = 1.0 / 15 + w * (1.0 / 17);
  for (const double c : {1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3}) sum = c + w * sum;
  const Element deviance =
      where(is_near, v * (apart + 2 * x * w * sum), x * (log(x) - log_m) - apart);
  return -stirling_rest(x) - deviance - 0.5 * log(x) - half_log_two_pi;
}

/// The entropy of a gamma distribution of rate 1; 6.3.18 of the same handbook is digamma.
inline Element gamma_entropy(Element a) {
  const Condition is_small = a < 10;
  const Element small = where(is_small, a, 10), large = where(is_small, 10, a), i = 1 / large,
                q = i * i;
  Element sum = q * (1.0 / 12) - 691.0 / 32760;
  for (const double c : {1.0 / 132, -1.0 / 240, 1.0 / 252, -1.0 / 120, 1.0 / 12}) sum = c + q * sum;
  return where(is_small, small + lgamma(small) + (1 - small) * digamma(small),
               half_log_two_pi + 0.5 * log(large) + stirling_rest(large) +
                   (large - 1) * (0.5 * i + q * sum));
}

}  // namespace cinta::distributions
