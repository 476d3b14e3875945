#pragma once
// Norms of channels as layers, with PyTorch's names and defaults.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/normalization.hpp>
#include <cinta/ops/nn/spatial/norm.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta::nn {

struct BatchNormLayerOptions {
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< none: running statistics are means of all batches
  bool affine = true;                    ///< with weight and bias
  bool track_running_stats = true;
  Dtype dtype = float32;
};

namespace detail {

/// Norms with a weight and a bias, and with running statistics, for each feature.
class TrackingNorm : public Module {
 public:
  Tensor weight, bias;               ///< undefined without affine
  Tensor running_mean, running_var;  ///< undefined without track_running_stats
  Tensor num_batches_tracked;        ///< int64, of shape (); the same. 0 for InstanceNorm

 protected:
  TrackingNorm(const char* name, std::int64_t num_features, const BatchNormLayerOptions& options,
               const Site& site);

  const char* name_;
  BatchNormLayerOptions options_;
};

/// What BatchNorm1d to BatchNorm3d share: they differ in the ranks of x that they take.
class BatchNorm : public TrackingNorm {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  BatchNorm(const char* name, int least_rank, int most_rank, std::int64_t num_features,
            const BatchNormLayerOptions& options, const Site& site);

 private:
  Tensor norm(const Tensor& x, const Site& site) const;

  int least_rank_, most_rank_;
};

}  // namespace detail

/// batch_norm of x (batch, features) or (batch, features, width): with the batch's statistics in
/// training mode, with the running ones, which are buffers, in evaluation mode. weight starts as
/// ones, bias as zeros, as in PyTorch. Throws ValueError on no features, eps < 0, a momentum
/// outside [0, 1].
class BatchNorm1d : public detail::BatchNorm {
 public:
  explicit BatchNorm1d(std::int64_t num_features, BatchNormLayerOptions options = {},
                       Site site = {})
      : BatchNorm("BatchNorm1d", 2, 3, num_features, options, site) {}
};
/// The same of (batch, features, height, width).
class BatchNorm2d : public detail::BatchNorm {
 public:
  explicit BatchNorm2d(std::int64_t num_features, BatchNormLayerOptions options = {},
                       Site site = {})
      : BatchNorm("BatchNorm2d", 4, 4, num_features, options, site) {}
};
/// The same of (batch, features, depth, height, width).
class BatchNorm3d : public detail::BatchNorm {
 public:
  explicit BatchNorm3d(std::int64_t num_features, BatchNormLayerOptions options = {},
                       Site site = {})
      : BatchNorm("BatchNorm3d", 5, 5, num_features, options, site) {}
};

struct GroupNormOptions {
  double eps = 1e-5;
  bool affine = true;
  Dtype dtype = float32;
};
/// group_norm. Throws ValueError if the groups do not divide the channels, or eps < 0.
class GroupNorm : public Module {
 public:
  GroupNorm(std::int64_t num_groups, std::int64_t num_channels, GroupNormOptions options = {},
            Site site = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight, bias;  ///< undefined without affine

 private:
  std::int64_t groups_;
  double eps_;
};

struct InstanceNormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;
  Dtype dtype = float32;
};

namespace detail {

class InstanceNorm : public TrackingNorm {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  InstanceNorm(const char* name, int axes, std::int64_t num_features,
               const InstanceNormOptions& options, const Site& site);

 private:
  Tensor norm(const Tensor& x, const Site& site) const;

  int axes_;
};

}  // namespace detail

/// instance_norm of (batch, features, width) or (features, width). With track_running_stats the
/// running statistics, which are buffers, are taken in evaluation mode. Throws as BatchNorm1d.
class InstanceNorm1d : public detail::InstanceNorm {
 public:
  explicit InstanceNorm1d(std::int64_t num_features, InstanceNormOptions options = {},
                          Site site = {})
      : InstanceNorm("InstanceNorm1d", 1, num_features, options, site) {}
};
class InstanceNorm2d : public detail::InstanceNorm {
 public:
  explicit InstanceNorm2d(std::int64_t num_features, InstanceNormOptions options = {},
                          Site site = {})
      : InstanceNorm("InstanceNorm2d", 2, num_features, options, site) {}
};
class InstanceNorm3d : public detail::InstanceNorm {
 public:
  explicit InstanceNorm3d(std::int64_t num_features, InstanceNormOptions options = {},
                          Site site = {})
      : InstanceNorm("InstanceNorm3d", 3, num_features, options, site) {}
};

struct RMSNormOptions {
  std::optional<double> eps = {};  ///< by default the dtype's epsilon
  bool elementwise_affine = true;
  Dtype dtype = float32;
};
/// rms_norm over the last axes, whose sizes are `normalized_shape`. The weight starts as ones.
class RMSNorm : public Module {
 public:
  explicit RMSNorm(const Shape& normalized_shape, RMSNormOptions options = {}, Site site = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

  Tensor weight;  ///< undefined without elementwise_affine

 private:
  Shape normalized_shape_;
  std::optional<double> eps_;
};

class LocalResponseNorm : public Module {
 public:
  explicit LocalResponseNorm(std::int64_t size, const LocalResponseNormOptions& options = {});
  Tensor operator()(const Tensor& x, Site site = {}) const;

 private:
  std::int64_t size_;
  LocalResponseNormOptions options_;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
