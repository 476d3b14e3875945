#pragma once
// Private to ops: derivatives of gamma samples.

#include <cinta/autograd/tensor.hpp>

namespace cinta::detail {

/// (d^k F / da^k) / f of a gamma distribution of concentration a at x = exp(l), where f is the
/// density in l; float64, of one shape; k up to 8. Differentiable in a and l.
Tensor gamma_slope(int k, const Tensor& a, const Tensor& l, Site site = {});

}  // namespace cinta::detail
