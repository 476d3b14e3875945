#pragma once
// New tensors of one value. None of them is recorded.

#include <cinta/autograd/core/number.hpp>
#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// All elements `value`, converted to the dtype as by to(); whole numbers are exact.
Tensor full(const Shape& shape, Number value, Dtype dtype = float32, Site site = {});

/// All elements 0, or 1.
Tensor zeros(const Shape& shape, Dtype dtype = float32, Site site = {});
Tensor ones(const Shape& shape, Dtype dtype = float32, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
