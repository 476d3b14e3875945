#pragma once
// Tensors on memory of somebody else.

#include <cinta/autograd/tensor.hpp>
#include <functional>

#pragma GCC visibility push(default)
namespace cinta {

/// A tensor on memory that is not Cinta's: nothing is copied, and what is written to either is seen
/// in both. The elements lie in row-major order, or `strides` apart, in elements; `data` is where
/// the first one is, aligned as its type has to be. `release`, if there is any, runs when the last
/// tensor on the memory goes. Throws ShapeError for sizes that are negative or too large to count;
/// `release` has not run then.
///
///     std::vector<float> mine(6);
///     Tensor x = from_blob(mine.data(), {2, 3}, float32);
Tensor from_blob(void* data, const Shape& shape, Dtype dtype, std::function<void()> release = {},
                 Site site = {});
Tensor from_blob(void* data, const Shape& shape, const Strides& strides, Dtype dtype,
                 std::function<void()> release = {}, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
