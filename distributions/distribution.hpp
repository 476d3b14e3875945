#pragma once
// What all distributions have in common. Parameters broadcast; their shape is the batch, a
// distribution for each element of it, and where one draw is a vector, that is the event. They are
// float32 or float64, and int64 and bool become float32.

#include <cinta/ops/operand.hpp>
#include <initializer_list>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// A distribution with given parameters, which it shows to the graph: results have gradients in
/// them. What has no closed form, or no gradient, throws ValueError, naming the distribution.
class Distribution {
 public:
  virtual ~Distribution() = default;

  const char* name() const { return name_; }
  const Shape& batch_shape() const { return batch_; }
  const Shape& event_shape() const { return event_; }
  Dtype dtype() const { return dtype_; }

  /// Draws of shape (`shape`..., batch..., event...), the same for any number of threads. No
  /// gradient.
  Tensor sample(const Shape& shape = {}, Site site = {}) const;
  /// The same numbers as functions of the parameters, with gradients of every order, as
  /// ops/random/samplers.hpp says. Throws ValueError where draws are whole numbers or classes.
  Tensor rsample(const Shape& shape = {}, Site site = {}) const;
  /// The logarithm of the density, or of the probability, at `value`, which broadcasts against
  /// (batch..., event...); the event's axes are gone. Outside of the support -infinity, with the
  /// gradient 0.
  Tensor log_prob(const Tensor& value, Site site = {}) const;
  /// (batch...), in nats. Of Poisson and Binomial a sum over the numbers within 12 deviations,
  /// right to 1e-12 and, for n trials, 1e-14 n; of a variance from 1000 on a series.
  Tensor entropy(Site site = {}) const;
  Tensor mean(Site site = {}) const;      ///< (batch..., event...); NaN where there is none
  Tensor variance(Site site = {}) const;  ///< of each element; NaN or infinite where there is none
  Tensor stddev(Site site = {}) const;    ///< its square root
  /// The probability of at most `value`, of continuous ones but Dirichlet, MultivariateNormal, and
  /// its inverse for p in [0, 1], NaN for others, where the cdf is elementary or normal.
  Tensor cdf(const Tensor& value, Site site = {}) const;
  Tensor icdf(const Tensor& p, Site site = {}) const;

 protected:
  enum class Domain { real, positive, not_negative, count, probability, share };
  struct Parameter {
    const char* name;
    Operand value;
    Domain domain = Domain::real;
  };
  /// Checked and brought to one dtype. Throws ValueError for what is undefined or out of its
  /// domain.
  static Tensors prepared(const char* name, std::initializer_list<Parameter> parameters);
  /// The last `event_axes` axes of the parameters, broadcast, are the event.
  Distribution(const char* name, Tensors parameters, int event_axes, const Site& site);
  Distribution(const char* name, Tensors parameters, const Shape& batch, const Shape& event,
               Dtype dtype);

  /// Throws ValueError unless low < high everywhere.
  void refuse_unless_below(const char* low_name, const Tensor& low, const char* high_name,
                           const Tensor& high, const Site& site) const;

  const Tensor& parameter(int i) const { return parameters_[std::size_t(i)]; }
  /// A parameter of the shape (`shape`..., batch..., event...).
  Tensor expanded(int i, const Shape& shape = {}) const;
  /// (`shape`..., batch...) and (`shape`..., batch..., event...).
  Shape with_batch(const Shape& shape) const;
  Shape with_event(const Shape& shape) const;

 private:
  friend class Independent;
  friend Tensor kl_divergence(const Distribution& p, const Distribution& q, Site site);
  virtual Tensor do_sample(const Shape& shape) const = 0;
  virtual bool has_rsample() const { return true; }
  virtual Tensor do_log_prob(const Tensor& value) const = 0;
  // Undefined where there is none in closed form.
  virtual Tensor do_entropy() const { return {}; }
  virtual Tensor do_mean() const { return {}; }
  virtual Tensor do_variance() const { return {}; }
  virtual Tensor do_cdf(const Tensor&) const { return {}; }
  virtual Tensor do_icdf(const Tensor&) const { return {}; }
  virtual Tensor do_kl(const Distribution&) const { return {}; }
  Tensor checked(const char* what, const Tensor& value) const;
  Tensor present(const char* what, const Tensor& result, const char* instead) const;

  const char* name_;
  Tensors parameters_;
  Shape batch_, event_;
  Dtype dtype_;
};

/// The Kullback-Leibler divergence of q from p, the mean of log p - log q under p: (batch...), the
/// two broadcast. Between distributions of one class, of which each has a formula but StudentT,
/// whose mean of log(1 + x^2 / n) under another one is no known function, and Binomials of
/// different counts; otherwise throws ValueError.
Tensor kl_divergence(const Distribution& p, const Distribution& q, Site site = {});

}  // namespace cinta::distributions
#pragma GCC visibility pop
