#pragma once
// Norms and products over axes.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// (sum of |x| ^ p) ^ (1 / p); for p = 0 the number of elements that are not 0, for an infinite one
/// the largest |x|. NaN if there is one. No power overflows or vanishes on the way. Where the norm
/// is 0 so is the gradient, and for p < 1 the slope of an element that is 0; elements that share
/// the largest |x| share the gradient. int64 and bool become float32. Throws ValueError for a
/// negative or NaN p, ShapeError for an infinite one of no elements.
Tensor norm(const Tensor& x, double p = 2, const Axes& axes = {}, bool keepdims = false,
            Site site = {});

/// Product; of no elements 1. bool and int64 give int64. The gradient does not divide, so that
/// zeros do no harm.
Tensor prod(const Tensor& x, const Axes& axes = {}, bool keepdims = false, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
