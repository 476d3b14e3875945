#pragma once
// Batches as events.

#include <cinta/distributions/distribution.hpp>
#include <memory>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta::distributions {

/// The last `axes` axes of the batch of another distribution as one event: log_prob, entropy and
/// divergence are summed over them. Throws ValueError for more axes than the batch has.
class Independent final : public Distribution {
 public:
  template <class D>
  requires std::is_base_of_v<Distribution, D> Independent(D base, int axes, Site site = {})
      : Independent(std::make_shared<const D>(std::move(base)), axes, site) {}
  const Distribution& base() const { return *base_; }

 private:
  Independent(std::shared_ptr<const Distribution> base, int axes, const Site& site);
  Tensor do_sample(const Shape& shape) const override;
  bool has_rsample() const override { return base_->has_rsample(); }
  Tensor do_log_prob(const Tensor& value) const override;
  Tensor do_entropy() const override;
  Tensor do_mean() const override;
  Tensor do_variance() const override;
  Tensor do_kl(const Distribution& q) const override;
  Tensor summed(const Tensor& x) const;

  std::shared_ptr<const Distribution> base_;
  int axes_;
};

}  // namespace cinta::distributions
#pragma GCC visibility pop
