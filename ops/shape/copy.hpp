#pragma once
// Copies: to another dtype, to dense memory.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The same values in another dtype; float to int64 truncates, anything to bool asks "not 0?".
/// Returns `x` itself if it has the dtype already. Differentiable between floating dtypes.
Tensor to(const Tensor& x, Dtype dtype, Site site = {});
/// `x` itself if its elements lie densely in row-major order, else a dense copy.
Tensor contiguous(const Tensor& x, Site site = {});

// clone is declared in autograd/engine_ops.hpp.

}  // namespace cinta
#pragma GCC visibility pop
