#pragma once
// Norms of x (batch, channels, ...) whose statistics are those of channels. One floating dtype;
// weight and bias are (channels) or undefined, which leaves them out.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

struct BatchNormOptions {
  bool training = false;
  double momentum = 0.1;  ///< of the batch's statistics in the running ones
  double eps = 1e-5;
};

/// (x - mean) / sqrt(variance + eps) * weight + bias for each channel (Ioffe & Szegedy 2015). In
/// training, or without running statistics, mean and biased variance are those of x over all axes
/// but the channels; running statistics, if defined, move towards that mean and the unbiased
/// variance, in place: (1 - momentum) * running + momentum * new. Otherwise the running ones are
/// taken. Throws ShapeError, DtypeError, ValueError if eps < 0, momentum is outside [0, 1], or in
/// training there is but one value for each channel.
Tensor batch_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                  const Tensor& weight = {}, const Tensor& bias = {}, BatchNormOptions options = {},
                  Site site = {});

/// The same with mean and variance of each group of channels of each image (Wu & He 2018). `groups`
/// divides the channels. Throws ShapeError, DtypeError, ValueError.
Tensor group_norm(const Tensor& x, std::int64_t groups, const Tensor& weight = {},
                  const Tensor& bias = {}, double eps = 1e-5, Site site = {});

/// The same for each channel of each image (Ulyanov, Vedaldi & Lempitsky 2016), which needs more
/// than one value in each.
Tensor instance_norm(const Tensor& x, const Tensor& weight = {}, const Tensor& bias = {},
                     double eps = 1e-5, Site site = {});

/// The same with running statistics, which are those of batch_norm: in training, or where they are
/// undefined, the statistics of x are taken, and the running ones move towards their means over the
/// images; otherwise the running ones are taken, as by batch_norm.
Tensor instance_norm(const Tensor& x, const Tensor& running_mean, const Tensor& running_var,
                     const Tensor& weight, const Tensor& bias, BatchNormOptions options,
                     Site site = {});

struct LocalResponseNormOptions {
  double alpha = 1e-4, beta = 0.75, k = 1;
};
/// x / (k + alpha * mean of x^2 over `size` channels around each)^beta, with zeros beyond the first
/// and the last channel (Krizhevsky, Sutskever & Hinton 2012); of an even size one more before than
/// behind. Throws ShapeError, DtypeError, ValueError.
Tensor local_response_norm(const Tensor& x, std::int64_t size,
                           LocalResponseNormOptions options = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
