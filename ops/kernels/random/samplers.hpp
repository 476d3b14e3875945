#pragma once
// Random numbers whose distribution has parameters of its own for each element. They are drawn in
// double precision, from blocks that belong to the element alone, of which it may take any number.

#include <cinta/ops/kernels/random/random.hpp>

namespace cinta::kernels {

// Arrays are dense float64 of one size. What is no parameter of the distribution gives NaN.

/// Gamma with scale 1, or with `logarithm` its logarithm, which does not underflow for small
/// concentrations. By rejection: G. Marsaglia, W. Tsang, "A simple method for generating gamma
/// variables", ACM Transactions on Mathematical Software 26, 2000.
void gamma(const Array& concentration, const Array& y, bool logarithm, const RandomKey& key);

/// Poisson. By inversion below a rate of 10, above by W. Hörmann, "The transformed rejection method
/// for generating Poisson random variables", Insurance: Mathematics and Economics 12, 1993.
void poisson(const Array& rate, const Array& y, const RandomKey& key);

/// Binomial of `count` trials that succeed with probability p. By inversion where fewer than 10 are
/// expected to succeed, or to fail, else by W. Hörmann, "The generation of binomial random
/// variates", Journal of Statistical Computation and Simulation 46, 1993.
void binomial(const Array& count, const Array& p, const Array& y, const RandomKey& key);

/// A standard normal variable that lies in [a, b], as the inverse of its distribution function at
/// u.
void truncated_normal(const Array& u, const Array& a, const Array& b, const Array& y);

}  // namespace cinta::kernels
