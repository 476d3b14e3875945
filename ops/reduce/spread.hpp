#pragma once
// What follows from variances, and from extremes at both ends. var is in reduce.hpp.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The square root of var, also where var itself overflows or vanishes; equal elements have the
/// gradient 0.
Tensor std(const Tensor& x, const Axes& axes = {}, VarOptions options = {}, Site site = {});

struct VarAndMean {
  Tensor var, mean;
};
/// var and mean of the same elements.
VarAndMean var_mean(const Tensor& x, const Axes& axes = {}, VarOptions options = {},
                    Site site = {});

struct MinAndMax {
  Tensor min, max;
};
/// min and max of the same elements.
MinAndMax aminmax(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
