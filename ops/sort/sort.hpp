#pragma once
// Elements in order along an axis, and those that stand at places of that order. NaN is above all
// numbers, 0 equals -0, and of equals the one that comes first comes first: all are stable. Indices
// are int64 positions in the input. The gradient of a value goes to the element that it is.
//
// All throw IndexError for an axis out of range, ShapeError for an axis of 2^32 elements or more.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The elements in growing order, or `descending`. NaN comes last, or first.
ValuesAndIndices sort(const Tensor& x, Axis axis = -1, bool descending = false, Site site = {});
/// The indices of sort.
Tensor argsort(const Tensor& x, Axis axis = -1, bool descending = false, Site site = {});

struct TopkOptions {
  bool largest = true;  ///< or the smallest
  bool sorted = true;   ///< in order of size; else in the order in which they come
};
/// The k largest (smallest) elements. Throws ValueError unless 0 <= k <= the size of the axis.
ValuesAndIndices topk(const Tensor& x, std::int64_t k, Axis axis = -1, TopkOptions options = {},
                      Site site = {});

/// The k-th smallest element, from 1 on. Throws ValueError for a k outside the axis.
ValuesAndIndices kthvalue(const Tensor& x, std::int64_t k, Axis axis = -1, bool keepdims = false,
                          Site site = {});
/// The element in the middle, the smaller one of two; the first NaN if there is one. The first form
/// is of all elements. NumPy's median is quantile(x, 0.5). Throws ShapeError for no elements.
Tensor median(const Tensor& x, Site site = {});
ValuesAndIndices median_with_indices(const Tensor& x, Axis axis, bool keepdims = false,
                                     Site site = {});
/// The element that comes most often, the smallest of several such, where it comes first. All NaN
/// count as one element. Throws ShapeError for no elements.
ValuesAndIndices mode(const Tensor& x, Axis axis = -1, bool keepdims = false, Site site = {});

/// What a quantile between two elements is.
enum class Interpolation { linear, lower, higher, nearest, midpoint };
struct QuantileOptions {
  bool keepdims = false;
  Interpolation interpolation = Interpolation::linear;
};
/// What a share q of the elements lies below: the element at place q (n - 1) of their order,
/// counted from 0, or what lies between its neighbours. A place that is an element's is that
/// element, whatever stands beside it. NaN if there is one; nanquantile leaves those out. int64 and
/// bool become float32. The gradient goes to the two elements by their weights. Throws ValueError
/// unless 0 <= q <= 1, ShapeError for no elements.
Tensor quantile(const Tensor& x, double q, const Axes& axes = {}, QuantileOptions options = {},
                Site site = {});
Tensor nanquantile(const Tensor& x, double q, const Axes& axes = {}, QuantileOptions options = {},
                   Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
