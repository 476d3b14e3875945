#pragma once
// Copies to another dtype. clone and contiguous are in autograd/primitive/copy.hpp.

#include <cinta/autograd/primitive/copy.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The same values in another dtype: float to int64 truncates, to 0 what int64 cannot hold (NaN,
/// infinities, anything beyond it); anything to bool asks "not 0?". Returns `x` itself if it has
/// the dtype already. Differentiable between floating dtypes.
Tensor to(const Tensor& x, Dtype dtype, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
