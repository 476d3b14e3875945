#pragma once
// Writes into a tensor's own memory. They are not recorded.

#include <cinta/autograd/tensor.hpp>

namespace cinta {

/// Overwrites `x` with `source`, broadcast and converted. Graphs that saved `x` notice. Throws
/// ShapeError if `source` does not broadcast to `x`.
const Tensor& copy_(const Tensor& x, const Tensor& source, Site site = {});

/// Sets every element of `x`.
const Tensor& fill_(const Tensor& x, double value);

}  // namespace cinta
