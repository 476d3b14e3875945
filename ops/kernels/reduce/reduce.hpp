#pragma once
// Reductions of an array over any set of its axes.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

enum class Reduce { sum, max, min };

/// Combines x into y over the axes that y lacks or has with size 1: y's shape must broadcast to
/// x's. y has the dtype of x, except that bool gives int64. Any strides.
///
/// Floating sums are formed in blocks, whose results are added in a wider type. max and min are
/// NaN where an element is. Of no elements sum is 0, max -inf or the lowest.
void reduce(Reduce how, const Array& x, const Array& y);

/// Position along `axis` of the first largest (smallest) element, in y: dense int64, of x's
/// shape with that axis 1. The first NaN wins. The axis must not be empty.
void argmax(const Array& x, int axis, const Array& y);
void argmin(const Array& x, int axis, const Array& y);

/// The same, and these elements themselves: dense, of the dtype of x.
void max_with_indices(const Array& x, int axis, const Array& values, const Array& indices);
void min_with_indices(const Array& x, int axis, const Array& values, const Array& indices);

/// Fills y with zeros, but for x at the positions `indices` along `axis`. x and indices are dense
/// with size 1 on that axis, y is dense.
void put_along_axis(const Array& x, const Array& indices, int axis, const Array& y);

}  // namespace cinta::kernels
