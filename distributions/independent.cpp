#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/primitive/broadcast.hpp>
#include <cinta/distributions/independent.hpp>
#include <cinta/ops/reduce/reduce.hpp>

namespace cinta::distributions {
namespace {

Shape slice_of(const Shape& batch, const Shape& event, int begin, int end) {
  Shape result = Shape::filled(end - begin);
  for (int i = begin; i < end; ++i)
    result[i - begin] = i < batch.rank() ? batch[i] : event[i - batch.rank()];
  return result;
}

int kept_axes(const Distribution& base, int axes, const Site& site) {
  const int rank = base.batch_shape().rank();
  if (axes >= 0 && axes <= rank) return rank - axes;
  throw ValueError("Independent: " + std::to_string(axes) + " axes of the batch " +
                       base.batch_shape().str() + " of " + base.name(),
                   SiteScope::resolve(site));
}

}  // namespace

Independent::Independent(std::shared_ptr<const Distribution> base, int axes, const Site& site)
    : Distribution(
          "Independent", {}, slice_of(base->batch_shape(), {}, 0, kept_axes(*base, axes, site)),
          slice_of(base->batch_shape(), base->event_shape(), base->batch_shape().rank() - axes,
                   base->batch_shape().rank() + base->event_shape().rank()),
          base->dtype()),
      base_(std::move(base)),
      axes_(axes) {}

// Of a tensor (..., batch of the base...).
Tensor Independent::summed(const Tensor& x) const {
  if (axes_ == 0) return x;
  std::vector<std::int64_t> last;
  for (int i = 1; i <= axes_; ++i) last.push_back(-i);
  return sum(x, Axes(last));
}

Tensor Independent::do_sample(const Shape& shape) const { return base_->do_sample(shape); }
Tensor Independent::do_log_prob(const Tensor& value) const {
  // A value that is broadcast along the event counts for each element of it.
  const Shape& batch = base_->batch_shape();
  const Tensor each = base_->do_log_prob(value);
  return summed(broadcast_to(each, broadcast_shapes("Independent", each.shape(), batch, Site())));
}
Tensor Independent::do_entropy() const {
  const Tensor each = base_->do_entropy();
  return each.defined() ? summed(broadcast_to(each, base_->batch_shape())) : each;
}
Tensor Independent::do_mean() const { return base_->do_mean(); }
Tensor Independent::do_variance() const { return base_->do_variance(); }
Tensor Independent::do_kl(const Distribution& q) const {
  const auto* other = dynamic_cast<const Independent*>(&q);
  if (!other || other->axes_ != axes_) return {};
  const Tensor each = base_->do_kl(*other->base_);
  if (!each.defined()) return each;
  const Shape batch =
      broadcast_shapes("kl_divergence", base_->batch_shape(), other->base_->batch_shape(), Site());
  return summed(broadcast_to(each, batch));
}

}  // namespace cinta::distributions
