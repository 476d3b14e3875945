#include <cinta/nn/spatial/pool.hpp>

namespace cinta::nn {
namespace detail {

MaxPool::MaxPool(decltype(&max_pool1d) values, decltype(&max_pool1d_with_indices) with_indices,
                 const PerAxis& kernel_size, const MaxPoolOptions& options)
    : values_(values), with_indices_(with_indices), kernel_(kernel_size), options_(options) {}

Tensor MaxPool::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return values_(in, kernel_, options_, {}); }, x);
}

ValuesAndIndices MaxPool::with_indices(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return with_indices_(x, kernel_, options_, {});
}

FractionalMaxPool::FractionalMaxPool(decltype(&fractional_max_pool2d) values,
                                     decltype(&fractional_max_pool2d_with_indices) with_indices,
                                     const PerAxis& kernel_size,
                                     const FractionalMaxPoolOptions& options)
    : values_(values), with_indices_(with_indices), kernel_(kernel_size), options_(options) {}

Tensor FractionalMaxPool::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return values_(in, kernel_, options_, {}); }, x);
}

ValuesAndIndices FractionalMaxPool::with_indices(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return with_indices_(x, kernel_, options_, {});
}

MaxUnpool::MaxUnpool(decltype(&max_unpool1d) function, const PerAxis& kernel_size,
                     const MaxUnpoolOptions& options)
    : function_(function), kernel_(kernel_size), options_(options) {}

Tensor MaxUnpool::operator()(const Tensor& x, const Tensor& indices, Site site) const {
  const Call call(*this, site);
  return call(
      [&](const Tensor& in, const Tensor& at) { return function_(in, at, kernel_, options_, {}); },
      x, indices);
}

AvgPool::AvgPool(decltype(&avg_pool1d) function, const PerAxis& kernel_size,
                 const AvgPoolOptions& options)
    : function_(function), kernel_(kernel_size), options_(options) {}

Tensor AvgPool::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, kernel_, options_, {}); }, x);
}

LPPool::LPPool(decltype(&lp_pool1d) function, double norm_type, const PerAxis& kernel_size,
               const LpPoolOptions& options)
    : function_(function), p_(norm_type), kernel_(kernel_size), options_(options) {}

Tensor LPPool::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, p_, kernel_, options_, {}); }, x);
}

AdaptivePool::AdaptivePool(decltype(&adaptive_avg_pool1d) function, const PerAxis& output_size)
    : size_(output_size), function_(function) {}

Tensor AdaptivePool::operator()(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return call([&](const Tensor& in) { return function_(in, size_, {}); }, x);
}

AdaptiveMaxPool::AdaptiveMaxPool(decltype(&adaptive_max_pool1d) values,
                                 decltype(&adaptive_max_pool1d_with_indices) with_indices,
                                 const PerAxis& output_size)
    : AdaptivePool(values, output_size), with_indices_(with_indices) {}

ValuesAndIndices AdaptiveMaxPool::with_indices(const Tensor& x, Site site) const {
  const Call call(*this, site);
  return with_indices_(x, size_, {});
}

}  // namespace detail

MaxPool1d::MaxPool1d(const PerAxis& kernel_size, const MaxPoolOptions& options)
    : MaxPool(&max_pool1d, &max_pool1d_with_indices, kernel_size, options) {}
MaxPool2d::MaxPool2d(const PerAxis& kernel_size, const MaxPoolOptions& options)
    : MaxPool(&max_pool2d, &max_pool2d_with_indices, kernel_size, options) {}
MaxPool3d::MaxPool3d(const PerAxis& kernel_size, const MaxPoolOptions& options)
    : MaxPool(&max_pool3d, &max_pool3d_with_indices, kernel_size, options) {}
FractionalMaxPool2d::FractionalMaxPool2d(const PerAxis& kernel_size,
                                         const FractionalMaxPoolOptions& options)
    : FractionalMaxPool(&fractional_max_pool2d, &fractional_max_pool2d_with_indices, kernel_size,
                        options) {}
FractionalMaxPool3d::FractionalMaxPool3d(const PerAxis& kernel_size,
                                         const FractionalMaxPoolOptions& options)
    : FractionalMaxPool(&fractional_max_pool3d, &fractional_max_pool3d_with_indices, kernel_size,
                        options) {}
MaxUnpool1d::MaxUnpool1d(const PerAxis& kernel_size, const MaxUnpoolOptions& options)
    : MaxUnpool(&max_unpool1d, kernel_size, options) {}
MaxUnpool2d::MaxUnpool2d(const PerAxis& kernel_size, const MaxUnpoolOptions& options)
    : MaxUnpool(&max_unpool2d, kernel_size, options) {}
MaxUnpool3d::MaxUnpool3d(const PerAxis& kernel_size, const MaxUnpoolOptions& options)
    : MaxUnpool(&max_unpool3d, kernel_size, options) {}
AvgPool1d::AvgPool1d(const PerAxis& kernel_size, const AvgPoolOptions& options)
    : AvgPool(&avg_pool1d, kernel_size, options) {}
AvgPool2d::AvgPool2d(const PerAxis& kernel_size, const AvgPoolOptions& options)
    : AvgPool(&avg_pool2d, kernel_size, options) {}
AvgPool3d::AvgPool3d(const PerAxis& kernel_size, const AvgPoolOptions& options)
    : AvgPool(&avg_pool3d, kernel_size, options) {}
LPPool1d::LPPool1d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options)
    : LPPool(&lp_pool1d, norm_type, kernel_size, options) {}
LPPool2d::LPPool2d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options)
    : LPPool(&lp_pool2d, norm_type, kernel_size, options) {}
LPPool3d::LPPool3d(double norm_type, const PerAxis& kernel_size, const LpPoolOptions& options)
    : LPPool(&lp_pool3d, norm_type, kernel_size, options) {}
AdaptiveAvgPool1d::AdaptiveAvgPool1d(const PerAxis& output_size)
    : AdaptivePool(&adaptive_avg_pool1d, output_size) {}
AdaptiveAvgPool2d::AdaptiveAvgPool2d(const PerAxis& output_size)
    : AdaptivePool(&adaptive_avg_pool2d, output_size) {}
AdaptiveAvgPool3d::AdaptiveAvgPool3d(const PerAxis& output_size)
    : AdaptivePool(&adaptive_avg_pool3d, output_size) {}
AdaptiveMaxPool1d::AdaptiveMaxPool1d(const PerAxis& output_size)
    : AdaptiveMaxPool(&adaptive_max_pool1d, &adaptive_max_pool1d_with_indices, output_size) {}
AdaptiveMaxPool2d::AdaptiveMaxPool2d(const PerAxis& output_size)
    : AdaptiveMaxPool(&adaptive_max_pool2d, &adaptive_max_pool2d_with_indices, output_size) {}
AdaptiveMaxPool3d::AdaptiveMaxPool3d(const PerAxis& output_size)
    : AdaptiveMaxPool(&adaptive_max_pool3d, &adaptive_max_pool3d_with_indices, output_size) {}

}  // namespace cinta::nn
