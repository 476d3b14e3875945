#pragma once
// Pools as layers, with PyTorch's names and defaults; the functions are in ops/nn/spatial/pool.hpp
// and fractional_pool.hpp. What PyTorch calls return_indices is another call here, with_indices.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/fractional_pool.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

template <auto values, auto with_indices_too, class Options>
class MaxPool : public Module {
 public:
  explicit MaxPool(const PerAxis& kernel_size, Options options = {})
      : kernel_(kernel_size), options_(std::move(options)) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return values(in, kernel_, options_, {}); }, x);
  }
  /// The same, and the places that a MaxUnpool needs.
  ValuesAndIndices with_indices(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return with_indices_too(x, kernel_, options_, {});
  }

 private:
  PerAxis kernel_;
  Options options_;
};

template <auto function>
class MaxUnpool : public Module {
 public:
  explicit MaxUnpool(const PerAxis& kernel_size, MaxUnpoolOptions options = {})
      : kernel_(kernel_size), options_(options) {}

  Tensor operator()(const Tensor& x, const Tensor& indices, Site site = {}) const {
    const Call call(*this, site);
    return call(
        [&](const Tensor& in, const Tensor& at) { return function(in, at, kernel_, options_, {}); },
        x, indices);
  }

 private:
  PerAxis kernel_;
  MaxUnpoolOptions options_;
};

template <auto function>
class AvgPool : public Module {
 public:
  explicit AvgPool(const PerAxis& kernel_size, AvgPoolOptions options = {})
      : kernel_(kernel_size), options_(options) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return function(in, kernel_, options_, {}); }, x);
  }

 private:
  PerAxis kernel_;
  AvgPoolOptions options_;
};

template <auto function>
class LPPool : public Module {
 public:
  LPPool(double norm_type, const PerAxis& kernel_size, LpPoolOptions options = {})
      : p_(norm_type), kernel_(kernel_size), options_(options) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return function(in, p_, kernel_, options_, {}); }, x);
  }

 private:
  double p_;
  PerAxis kernel_;
  LpPoolOptions options_;
};

template <auto function, auto with_indices_too = nullptr>
class AdaptivePool : public Module {
 public:
  explicit AdaptivePool(const PerAxis& output_size) : size_(output_size) {}

  Tensor operator()(const Tensor& x, Site site = {}) const {
    const Call call(*this, site);
    return call([&](const Tensor& in) { return function(in, size_, {}); }, x);
  }
  /// The same, and the places that a MaxUnpool needs.
  ValuesAndIndices with_indices(const Tensor& x, Site site = {}) const
      requires(!std::is_null_pointer_v<decltype(with_indices_too)>) {
    const Call call(*this, site);
    return with_indices_too(x, size_, {});
  }

 private:
  PerAxis size_;
};

}  // namespace detail

struct MaxPool1d : detail::MaxPool<&max_pool1d, &max_pool1d_with_indices, MaxPoolOptions> {
  using MaxPool::MaxPool;
};
struct MaxPool2d : detail::MaxPool<&max_pool2d, &max_pool2d_with_indices, MaxPoolOptions> {
  using MaxPool::MaxPool;
};
struct MaxPool3d : detail::MaxPool<&max_pool3d, &max_pool3d_with_indices, MaxPoolOptions> {
  using MaxPool::MaxPool;
};
/// FractionalMaxPool2d pool(3, {.output_ratio = {0.5}}). Windows are drawn in evaluation, too, as
/// in PyTorch.
struct FractionalMaxPool2d
    : detail::MaxPool<&fractional_max_pool2d, &fractional_max_pool2d_with_indices,
                      FractionalMaxPoolOptions> {
  using MaxPool::MaxPool;
};
struct FractionalMaxPool3d
    : detail::MaxPool<&fractional_max_pool3d, &fractional_max_pool3d_with_indices,
                      FractionalMaxPoolOptions> {
  using MaxPool::MaxPool;
};
struct MaxUnpool1d : detail::MaxUnpool<&max_unpool1d> {
  using MaxUnpool::MaxUnpool;
};
struct MaxUnpool2d : detail::MaxUnpool<&max_unpool2d> {
  using MaxUnpool::MaxUnpool;
};
struct MaxUnpool3d : detail::MaxUnpool<&max_unpool3d> {
  using MaxUnpool::MaxUnpool;
};
struct AvgPool1d : detail::AvgPool<&avg_pool1d> {
  using AvgPool::AvgPool;
};
struct AvgPool2d : detail::AvgPool<&avg_pool2d> {
  using AvgPool::AvgPool;
};
struct AvgPool3d : detail::AvgPool<&avg_pool3d> {
  using AvgPool::AvgPool;
};
struct LPPool1d : detail::LPPool<&lp_pool1d> {
  using LPPool::LPPool;
};
struct LPPool2d : detail::LPPool<&lp_pool2d> {
  using LPPool::LPPool;
};
struct LPPool3d : detail::LPPool<&lp_pool3d> {
  using LPPool::LPPool;
};
struct AdaptiveAvgPool1d : detail::AdaptivePool<&adaptive_avg_pool1d> {
  using AdaptivePool::AdaptivePool;
};
struct AdaptiveAvgPool2d : detail::AdaptivePool<&adaptive_avg_pool2d> {
  using AdaptivePool::AdaptivePool;
};
struct AdaptiveAvgPool3d : detail::AdaptivePool<&adaptive_avg_pool3d> {
  using AdaptivePool::AdaptivePool;
};
struct AdaptiveMaxPool1d
    : detail::AdaptivePool<&adaptive_max_pool1d, &adaptive_max_pool1d_with_indices> {
  using AdaptivePool::AdaptivePool;
};
struct AdaptiveMaxPool2d
    : detail::AdaptivePool<&adaptive_max_pool2d, &adaptive_max_pool2d_with_indices> {
  using AdaptivePool::AdaptivePool;
};
struct AdaptiveMaxPool3d
    : detail::AdaptivePool<&adaptive_max_pool3d, &adaptive_max_pool3d_with_indices> {
  using AdaptivePool::AdaptivePool;
};

}  // namespace cinta::nn
#pragma GCC visibility pop
