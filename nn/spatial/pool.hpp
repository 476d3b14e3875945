#pragma once
// Pools as layers, with PyTorch's names and defaults; the functions are in ops/nn/spatial/pool.hpp
// and fractional_pool.hpp. What PyTorch calls return_indices is another call here, with_indices.

#include <cinta/nn/module/module.hpp>
#include <cinta/ops/nn/spatial/fractional_pool.hpp>
#include <cinta/ops/nn/spatial/pool.hpp>

#pragma GCC visibility push(default)
namespace cinta::nn {

namespace detail {

class MaxPool : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;
  /// The same, and the places that a MaxUnpool needs.
  ValuesAndIndices with_indices(const Tensor& x, Site site = {}) const;

 protected:
  MaxPool(decltype(&max_pool1d) values, decltype(&max_pool1d_with_indices) with_indices,
          const PerAxis& kernel_size, const MaxPoolOptions& options);

 private:
  decltype(&max_pool1d) values_;
  decltype(&max_pool1d_with_indices) with_indices_;
  PerAxis kernel_;
  MaxPoolOptions options_;
};

class FractionalMaxPool : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;
  ValuesAndIndices with_indices(const Tensor& x, Site site = {}) const;

 protected:
  FractionalMaxPool(decltype(&fractional_max_pool2d) values,
                    decltype(&fractional_max_pool2d_with_indices) with_indices,
                    const PerAxis& kernel_size, const FractionalMaxPoolOptions& options);

 private:
  decltype(&fractional_max_pool2d) values_;
  decltype(&fractional_max_pool2d_with_indices) with_indices_;
  PerAxis kernel_;
  FractionalMaxPoolOptions options_;
};

class MaxUnpool : public Module {
 public:
  Tensor operator()(const Tensor& x, const Tensor& indices, Site site = {}) const;

 protected:
  MaxUnpool(decltype(&max_unpool1d) function, const PerAxis& kernel_size,
            const MaxUnpoolOptions& options);

 private:
  decltype(&max_unpool1d) function_;
  PerAxis kernel_;
  MaxUnpoolOptions options_;
};

class AvgPool : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  AvgPool(decltype(&avg_pool1d) function, const PerAxis& kernel_size,
          const AvgPoolOptions& options);

 private:
  decltype(&avg_pool1d) function_;
  PerAxis kernel_;
  AvgPoolOptions options_;
};

class LPPool : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  LPPool(decltype(&lp_pool1d) function, double norm_type, const PerAxis& kernel_size,
         const LpPoolOptions& options);

 private:
  decltype(&lp_pool1d) function_;
  double p_;
  PerAxis kernel_;
  LpPoolOptions options_;
};

class AdaptivePool : public Module {
 public:
  Tensor operator()(const Tensor& x, Site site = {}) const;

 protected:
  AdaptivePool(decltype(&adaptive_avg_pool1d) function, const PerAxis& output_size);

  PerAxis size_;

 private:
  decltype(&adaptive_avg_pool1d) function_;
};

class AdaptiveMaxPool : public AdaptivePool {
 public:
  /// The same, and the places that a MaxUnpool needs.
  ValuesAndIndices with_indices(const Tensor& x, Site site = {}) const;

 protected:
  AdaptiveMaxPool(decltype(&adaptive_max_pool1d) values,
                  decltype(&adaptive_max_pool1d_with_indices) with_indices,
                  const PerAxis& output_size);

 private:
  decltype(&adaptive_max_pool1d_with_indices) with_indices_;
};

}  // namespace detail

struct MaxPool1d : detail::MaxPool {
  explicit MaxPool1d(const PerAxis& kernel_size, const MaxPoolOptions& options = {});
};
struct MaxPool2d : detail::MaxPool {
  explicit MaxPool2d(const PerAxis& kernel_size, const MaxPoolOptions& options = {});
};
struct MaxPool3d : detail::MaxPool {
  explicit MaxPool3d(const PerAxis& kernel_size, const MaxPoolOptions& options = {});
};
/// FractionalMaxPool2d pool(3, {.output_ratio = {0.5}}). Windows are drawn in evaluation, too, as
/// in PyTorch.
struct FractionalMaxPool2d : detail::FractionalMaxPool {
  explicit FractionalMaxPool2d(const PerAxis& kernel_size,
                               const FractionalMaxPoolOptions& options = {});
};
struct FractionalMaxPool3d : detail::FractionalMaxPool {
  explicit FractionalMaxPool3d(const PerAxis& kernel_size,
                               const FractionalMaxPoolOptions& options = {});
};
struct MaxUnpool1d : detail::MaxUnpool {
  explicit MaxUnpool1d(const PerAxis& kernel_size, const MaxUnpoolOptions& options = {});
};
struct MaxUnpool2d : detail::MaxUnpool {
  explicit MaxUnpool2d(const PerAxis& kernel_size, const MaxUnpoolOptions& options = {});
};
struct MaxUnpool3d : detail::MaxUnpool {
  explicit MaxUnpool3d(const PerAxis& kernel_size, const MaxUnpoolOptions& options = {});
};
struct AvgPool1d : detail::AvgPool {
  explicit AvgPool1d(const PerAxis& kernel_size, const AvgPoolOptions& options = {});
};
struct AvgPool2d : detail::AvgPool {
  explicit AvgPool2d(const PerAxis& kernel_size, const AvgPoolOptions& options = {});
};
struct AvgPool3d : detail::AvgPool {
  explicit AvgPool3d(const PerAxis& kernel_size, const AvgPoolOptions& options = {});
};
struct LPPool1d : detail::LPPool {
  LPPool1d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options = {});
};
struct LPPool2d : detail::LPPool {
  LPPool2d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options = {});
};
struct LPPool3d : detail::LPPool {
  LPPool3d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options = {});
};
/// AdaptiveAvgPool2d pool({-1, 7}) leaves the height as it is.
struct AdaptiveAvgPool1d : detail::AdaptivePool {
  explicit AdaptiveAvgPool1d(const PerAxis& output_size);
};
struct AdaptiveAvgPool2d : detail::AdaptivePool {
  explicit AdaptiveAvgPool2d(const PerAxis& output_size);
};
struct AdaptiveAvgPool3d : detail::AdaptivePool {
  explicit AdaptiveAvgPool3d(const PerAxis& output_size);
};
struct AdaptiveMaxPool1d : detail::AdaptiveMaxPool {
  explicit AdaptiveMaxPool1d(const PerAxis& output_size);
};
struct AdaptiveMaxPool2d : detail::AdaptiveMaxPool {
  explicit AdaptiveMaxPool2d(const PerAxis& output_size);
};
struct AdaptiveMaxPool3d : detail::AdaptiveMaxPool {
  explicit AdaptiveMaxPool3d(const PerAxis& output_size);
};

}  // namespace cinta::nn
#pragma GCC visibility pop
