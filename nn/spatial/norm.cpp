#include <algorithm>
#include <cinta/autograd/core/detail/random_scope.hpp>
#include <cinta/autograd/core/error.hpp>
#include <cinta/autograd/core/text.hpp>
#include <cinta/autograd/tape/grad_mode.hpp>
#include <cinta/nn/spatial/norm.hpp>
#include <cinta/ops/creation.hpp>
#include <cinta/ops/elementwise/inplace.hpp>
#include <cinta/ops/shape/view/view.hpp>

namespace cinta::nn {
namespace {

using std::to_string;

void check_features(const std::string& name, const char* what, std::int64_t count, double eps,
                    const Site& site) {
  if (count < 1) {
    throw ValueError(name + ": " + what + " must be positive, got " + to_string(count), site);
  }
  if (!(eps >= 0)) {
    throw ValueError(name + ": eps must not be negative, got " + cinta::detail::text_of(eps), site);
  }
}

}  // namespace

namespace detail {

TrackingNorm::TrackingNorm(const char* name, std::int64_t num_features,
                           const BatchNormLayerOptions& options, const Site& site)
    : name_(name), options_(options) {
  check_features(name, "num_features", num_features, options.eps, site);
  const double momentum = options.momentum.value_or(0);
  if (!(momentum >= 0 && momentum <= 1)) {
    throw ValueError(std::string(name) + ": momentum must lie in [0, 1], got " +
                         cinta::detail::text_of(momentum),
                     site);
  }
  if (options.affine) {
    weight = add("weight", ones({num_features}, options.dtype), site);
    bias = add("bias", zeros({num_features}, options.dtype), site);
  }
  if (!options.track_running_stats) return;
  running_mean = add_buffer("running_mean", zeros({num_features}, options.dtype), site);
  running_var = add_buffer("running_var", ones({num_features}, options.dtype), site);
  num_batches_tracked = add_buffer("num_batches_tracked", zeros({}, int64), site);
}

BatchNorm::BatchNorm(const char* name, int least_rank, int most_rank, std::int64_t num_features,
                     const BatchNormLayerOptions& options, const Site& site)
    : TrackingNorm(name, num_features, options, site),
      least_rank_(least_rank),
      most_rank_(most_rank) {}

Tensor BatchNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias, &running_mean, &running_var, &num_batches_tracked});
  return call([&](const Tensor& in) { return norm(in, SiteScope::resolve(site)); }, x);
}

Tensor BatchNorm::norm(const Tensor& x, const Site& site) const {
  if (x.defined() && (x.rank() < least_rank_ || x.rank() > most_rank_)) {
    throw ShapeError(std::string(name_) + ": x needs " + to_string(least_rank_) +
                         (most_rank_ > least_rank_ ? " or " + to_string(most_rank_) : "") +
                         " axes, got " + x.shape().str(),
                     site);
  }
  BatchNormOptions now{is_training(), options_.momentum.value_or(0), options_.eps};
  if (now.training && num_batches_tracked.defined() && !options_.momentum)
    now.momentum = 1 / double(num_batches_tracked.item() + 1);
  Tensor y = batch_norm(x, running_mean, running_var, weight, bias, now);
  if (now.training && num_batches_tracked.defined() && !cinta::detail::runs_again()) {
    const NoGrad constants;  // as the running statistics, so that checkpoint lets it be
    add_(num_batches_tracked, 1);
  }
  return y;
}

InstanceNorm::InstanceNorm(const char* name, int axes, std::int64_t num_features,
                           const InstanceNormOptions& options, const Site& site)
    : TrackingNorm(name, num_features,
                   {options.eps, options.momentum, options.affine, options.track_running_stats,
                    options.dtype},
                   site),
      axes_(axes) {}

Tensor InstanceNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias, &running_mean, &running_var, &num_batches_tracked});
  return call([&](const Tensor& in) { return norm(in, SiteScope::resolve(site)); }, x);
}

Tensor InstanceNorm::norm(const Tensor& x, const Site& site) const {
  if (x.defined() && x.rank() != axes_ + 1 && x.rank() != axes_ + 2) {
    throw ShapeError(std::string(name_) + ": x needs " + to_string(axes_ + 1) + " or " +
                         to_string(axes_ + 2) + " axes, got " + x.shape().str(),
                     site);
  }
  const bool batched = !x.defined() || x.rank() == axes_ + 2;
  const Tensor y = instance_norm(batched ? x : unsqueeze(x, 0), running_mean, running_var, weight,
                                 bias, {is_training(), *options_.momentum, options_.eps});
  return batched ? y : squeeze(y, 0);
}

}  // namespace detail

GroupNorm::GroupNorm(std::int64_t num_groups, std::int64_t num_channels, GroupNormOptions options,
                     Site site)
    : groups_(num_groups), eps_(options.eps) {
  check_features("GroupNorm", "num_channels", num_channels, options.eps, site);
  if (num_groups < 1 || num_channels % num_groups != 0) {
    throw ValueError("GroupNorm: " + to_string(num_groups) + " groups do not divide " +
                         to_string(num_channels) + " channels",
                     site);
  }
  if (!options.affine) return;
  weight = add("weight", ones({num_channels}, options.dtype), site);
  bias = add("bias", zeros({num_channels}, options.dtype), site);
}

Tensor GroupNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight, &bias});
  return call([&](const Tensor& in) { return group_norm(in, groups_, weight, bias, eps_); }, x);
}

RMSNorm::RMSNorm(const Shape& normalized_shape, RMSNormOptions options, Site site)
    : normalized_shape_(normalized_shape), eps_(options.eps) {
  const bool positive = std::all_of(normalized_shape.begin(), normalized_shape.end(),
                                    [](std::int64_t size) { return size > 0; });
  if (normalized_shape.rank() == 0 || !positive)
    throw ValueError("RMSNorm: sizes must be positive, got " + normalized_shape.str(), site);
  check_features("RMSNorm", "size", 1, options.eps.value_or(0), site);
  if (options.elementwise_affine)
    weight = add("weight", ones(normalized_shape, options.dtype), site);
}

Tensor RMSNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site, {&weight});
  return call([&](const Tensor& in) { return rms_norm(in, normalized_shape_, weight, eps_); }, x);
}

LocalResponseNorm::LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options)
    : size_(size), options_(options) {}

Tensor LocalResponseNorm::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return local_response_norm(in, size_, options_); }, x);
}

}  // namespace cinta::nn
