#pragma once
// Random tensors of distributions with parameters: an element of the result for each element of the
// parameters, which broadcast; expand them for more. Drawn and computed in double precision, then
// rounded to their common dtype (float32 for int64 and bool), so that float32 and float64 agree.
// Like those of random.hpp they are the same for any number of threads. What is no parameter of the
// distribution (a negative scale) gives NaN; cinta::distributions refuse it. Derivatives of every
// order: of a fixed place in the distribution, x with F(x; parameters) = u, as the parameters move;
// of beta, dirichlet and student_t of fixed places of the gammas and normals that make them.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// bool, true with probability p. No gradient. Throws ValueError unless all of p lies in [0, 1].
Tensor bernoulli(const Tensor& p, Site site = {});
/// Exponential, of mean 1 / rate. Never 0.
Tensor exponential(const Tensor& rate, Site site = {});
/// Laplace, of density exp(-|x - loc| / scale) / (2 scale).
Tensor laplace(const Operand& loc, const Operand& scale);
/// Gumbel: loc - scale log(-log(u)), the largest of many.
Tensor gumbel(const Operand& loc, const Operand& scale);
/// Cauchy, of density scale / (pi (scale^2 + (x - loc)^2)).
Tensor cauchy(const Operand& loc, const Operand& scale);
/// Normal of this mean and deviation given that it lies in [low, high], which may be infinite and
/// lie far out; from 1e4 deviations on the gradients for mean and std lose their digits.
Tensor truncated_normal(const Operand& mean, const Operand& std, const Operand& low,
                        const Operand& high);

// Gradients of the gamma variables in the following are implicit, - (dF / d concentration) /
// density: M. Figurnov, S. Mohamed, A. Mnih, Implicit reparameterization gradients, 2018. Those of
// beta and dirichlet, which are quotients of gammas, have the same mean as the implicit ones of
// PyTorch, and up to twice the variance. What would underflow is the smallest normal number of the
// dtype, so that samples lie inside of the support; it has the gradient 0.

/// Gamma of this concentration (shape), of mean concentration / rate.
Tensor gamma(const Operand& concentration, const Operand& rate);
/// The logarithm of a gamma with rate 1, which does not underflow for small concentrations.
Tensor log_standard_gamma(const Tensor& concentration, Site site = {});
/// Beta, of density proportional to x^(a - 1) (1 - x)^(b - 1); below 1 as above 0.
Tensor beta(const Operand& a, const Operand& b);
/// Dirichlet of the concentrations along the last axis: positive numbers whose sum is 1. Throws
/// ShapeError without an axis.
Tensor dirichlet(const Tensor& concentration, Site site = {});
/// Student's t with df degrees of freedom; what would overflow is the largest number.
Tensor student_t(const Operand& df, const Operand& loc = 0, const Operand& scale = 1);

/// Poisson: whole numbers in the dtype of the rate. No gradient.
Tensor poisson(const Tensor& rate, Site site = {});
/// How many of `count` trials succeed with probability p. No gradient.
Tensor binomial(const Operand& count, const Operand& p);

struct GumbelSoftmaxOptions {
  double temperature = 1;
  bool hard = false;  ///< one-hot, with the gradient of what is not
  Axis axis = -1;
};
/// softmax((logits + Gumbel noise) / temperature), a smooth choice of one: C. Maddison, A. Mnih, Y.
/// Teh, The concrete distribution, 2017. Throws ValueError unless the temperature is above 0,
/// DtypeError unless floating.
Tensor gumbel_softmax(const Tensor& logits, GumbelSoftmaxOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
