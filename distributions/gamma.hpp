#pragma once
// Distributions of positive numbers and of shares.

#include <cinta/distributions/distribution.hpp>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// Exponential of mean 1 / rate, for rate > 0.
class Exponential final : public Distribution {
 public:
  explicit Exponential(const Operand& rate);
  const Tensor& rate() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_cdf(const Tensor& value) const override;
  Tensor do_icdf(const Tensor& p) const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// Gamma of mean concentration / rate, both > 0.
class Gamma final : public Distribution {
 public:
  Gamma(const Operand& concentration, const Operand& rate);
  const Tensor& concentration() const { return parameter(0); }
  const Tensor& rate() const { return parameter(1); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_cdf(const Tensor& value) const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// Beta, of density proportional to x^(a - 1) (1 - x)^(b - 1) on [0, 1], for a, b > 0.
class Beta final : public Distribution {
 public:
  Beta(const Operand& a, const Operand& b);
  const Tensor& a() const { return parameter(0); }
  const Tensor& b() const { return parameter(1); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_cdf(const Tensor& value) const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// Dirichlet: shares of the last axis, of density proportional to the product of x^(concentration -
/// 1). What sums to 1 within 1e-5 is in its support.
class Dirichlet final : public Distribution {
 public:
  explicit Dirichlet(const Tensor& concentration, Site site = {});
  const Tensor& concentration() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

}  // namespace cinta::distributions
#pragma GCC visibility pop
