#pragma once
// Distributions of real numbers.

#include <cinta/distributions/distribution.hpp>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// Laplace, of density exp(-|x - loc| / scale) / (2 scale), for scale > 0.
class Laplace final : public Distribution {
 public:
  Laplace(const Operand& loc, const Operand& scale);
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

/// Gumbel, of distribution function exp(-exp(-(x - loc) / scale)), for scale > 0.
class Gumbel final : public Distribution {
 public:
  Gumbel(const Operand& loc, const Operand& scale);
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

/// Cauchy, of density scale / (pi (scale^2 + (x - loc)^2)), for scale > 0; it has no mean: NaN.
class Cauchy final : public Distribution {
 public:
  Cauchy(const Operand& loc, const Operand& scale);
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

/// Student's t with df > 0 degrees of freedom, times scale > 0, moved by loc.
class StudentT final : public Distribution {
 public:
  explicit StudentT(const Operand& df, const Operand& loc = 0, const Operand& scale = 1);
  const Tensor& df() const { return parameter(0); }
  const Tensor& loc() const { return parameter(1); }
  const Tensor& scale() const { return parameter(2); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_cdf(const Tensor& value) const override;
};

/// Uniform on [low, high], both ends included in its support; samples are less than high. Throws
/// ValueError unless low < high and their difference is finite in the dtype.
class Uniform final : public Distribution {
 public:
  Uniform(const Operand& low, const Operand& high);
  const Tensor& low() const { return parameter(0); }
  const Tensor& high() const { return parameter(1); }

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

}  // namespace cinta::distributions
#pragma GCC visibility pop
