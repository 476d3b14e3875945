#pragma once
// The normal distribution and what is made of it.

#include <cinta/distributions/distribution.hpp>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// Normal of mean `loc` and deviation `scale` > 0.
class Normal final : public Distribution {
 public:
  Normal(const Operand& loc, const Operand& scale);
  const Tensor& loc() const { return parameter(0); }
  const Tensor& scale() const { return parameter(1); }

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

/// exp of a normal variable of mean `loc` and deviation `scale` > 0.
class LogNormal final : public Distribution {
 public:
  LogNormal(const Operand& loc, const Operand& scale);
  const Tensor& loc() const { return parameter(0); }
  const Tensor& scale() const { return parameter(1); }

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

/// Normal of mean `loc` and deviation `scale` > 0 given that it lies in [low, high], which may be
/// infinite and lie far out. Throws ValueError unless low < high.
class TruncatedNormal final : public Distribution {
 public:
  TruncatedNormal(const Operand& loc, const Operand& scale, const Operand& low,
                  const Operand& high);
  const Tensor& loc() const { return parameter(0); }
  const Tensor& scale() const { return parameter(1); }
  const Tensor& low() const { return parameter(2); }
  const Tensor& high() const { return parameter(3); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_cdf(const Tensor& value) const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// Normal vectors of mean `loc` (..., d) and covariance L L^T, for L = `scale_tril` (..., d, d) of
/// which the lower triangle is read. Throws ShapeError for sizes that do not fit, ValueError unless
/// the diagonal is positive.
class MultivariateNormal final : public Distribution {
 public:
  MultivariateNormal(const Tensor& loc, const Tensor& scale_tril, Site site = {});
  /// The same of a symmetric positive definite covariance; throws as cholesky.
  static MultivariateNormal of_covariance(const Tensor& loc, const Tensor& covariance,
                                          Site site = {});
  const Tensor& loc() const { return parameter(0); }
  const Tensor& scale_tril() const { return parameter(1); }
  Tensor covariance(Site site = {}) const;

 private:
  MultivariateNormal(const Tensors& checked, const Site& site);
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

}  // namespace cinta::distributions
#pragma GCC visibility pop
