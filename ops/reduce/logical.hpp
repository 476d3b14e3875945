#pragma once
// Reductions that ask whether elements are 0, or numbers at all.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// How many elements are not 0 (NaN is not): int64.
Tensor count_nonzero(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
/// Whether some element, or every one, is not 0: bool. Of no elements false, and true.
Tensor any(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
Tensor all(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

/// sum and mean of the elements that are not NaN, which alone have a gradient. The mean of none is
/// NaN.
Tensor nansum(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});
Tensor nanmean(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
