#pragma once
// Private to ops: reduced axes behind the others.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// y with the axes that its reduction dropped, as size 1. `kept` is the shape with them.
Tensor with_axes(const Tensor& y, const Shape& kept);

/// The number of elements that are reduced to one.
std::int64_t reduced_count(const Shape& from, const Shape& kept);

/// x as (kept, reduced) elements; a view where strides allow it.
Tensor reduced_last(const Tensor& x, const Shape& kept);

}  // namespace cinta::detail
