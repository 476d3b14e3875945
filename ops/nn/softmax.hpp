#pragma once

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// exp(x) / sum(exp(x)) along `axis`, shifted by the largest element so that nothing overflows.
/// Infinite elements share 1 equally, the limit of equal ones that grow. int64 and bool become
/// float32. A slice of -inf only gives NaN. Throws IndexError.
Tensor softmax(const Tensor& x, Axis axis, Site site = {});

/// softmax(-x).
Tensor softmin(const Tensor& x, Axis axis, Site site = {});

/// log(softmax(x)), exact where softmax itself would round to 0.
Tensor log_softmax(const Tensor& x, Axis axis, Site site = {});

namespace detail {

/// softmax along the last axis, but zeros where all elements are -inf: the gradient of logsumexp.
Tensor shares(const Tensor& x);

}  // namespace detail

}  // namespace cinta
#pragma GCC visibility pop
