#pragma once
// Distributions of whole numbers and classes. Their draws have no gradient.

#include <cinta/distributions/distribution.hpp>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// A probability, or the logarithm of p / (1 - p), which tells small ones and those near 1 apart;
/// of classes weights, which are divided by their sum, or their logarithms up to a constant.
/// Exactly one is given.
struct Odds {
  Tensor probs = {}, logits = {};
};

/// 1 with probability p, else 0.
class Bernoulli final : public Distribution {
 public:
  explicit Bernoulli(const Odds& odds, Site site = {});
  const Tensor& probs() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// How many of `count` trials, a whole number, succeed with probability p each.
class Binomial final : public Distribution {
 public:
  Binomial(const Operand& count, const Odds& odds);
  const Tensor& count() const { return parameter(3); }
  const Tensor& probs() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// How many trials fail before the first that succeeds, with probability p > 0.
class Geometric final : public Distribution {
 public:
  explicit Geometric(const Odds& odds, Site site = {});
  const Tensor& probs() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// Poisson of a rate that is not negative.
class Poisson final : public Distribution {
 public:
  explicit Poisson(const Operand& rate);
  const Tensor& rate() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// One of the classes along the last axis of the weights: draws are int64, from 0 on. Throws
/// ValueError where all weights of a row are 0, or their sum is infinite.
class Categorical final : public Distribution {
 public:
  explicit Categorical(const Odds& odds, Site site = {});
  Tensor probs(Site site = {}) const;
  /// Logarithms of the probabilities.
  const Tensor& logits() const { return parameter(0); }

 private:
  explicit Categorical(const Tensor& logits);
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_kl(const Distribution& q) const override;
};

/// The same as vectors of zeros with a 1 at the class, in the dtype of the weights.
class OneHotCategorical final : public Distribution {
 public:
  explicit OneHotCategorical(const Odds& odds, Site site = {});
  const Tensor& logits() const { return parameter(0); }

 private:
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return false; }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
};

}  // namespace cinta::distributions
#pragma GCC visibility pop
