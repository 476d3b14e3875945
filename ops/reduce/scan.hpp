#pragma once
// Scans: each element of the result is made of all those before it along an axis, itself included.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// Running sums along `axis`, added in a wider type. bool counts as int64.
Tensor cumsum(const Tensor& x, Axis axis, Site site = {});
/// Running products; the gradient does not divide, so that zeros do no harm. bool counts as int64.
Tensor cumprod(const Tensor& x, Axis axis, Site site = {});
/// Running largest (smallest) elements and where they are: of equals the last, as in PyTorch; the
/// first NaN stays. The gradient goes to that element alone. bool counts as int64.
ValuesAndIndices cummax(const Tensor& x, Axis axis, Site site = {});
ValuesAndIndices cummin(const Tensor& x, Axis axis, Site site = {});
/// log(cumsum(exp(x))) without overflow: -inf, with gradient 0, until an element is not -inf; inf
/// from one that is inf on, which has the gradient then. int64 and bool become float32.
Tensor logcumsumexp(const Tensor& x, Axis axis, Site site = {});

/// Differences of neighbours along `axis`, `times` over: one element fewer each time, down to none.
/// Throws ValueError for a negative number, DtypeError for bool.
Tensor diff(const Tensor& x, std::int64_t times = 1, Axis axis = -1, Site site = {});
/// The integral along `axis` by the trapezoidal rule, of points dx apart or at the places `x`,
/// which broadcast to y. Fewer than two points give 0. int64 and bool become float32.
Tensor trapezoid(const Tensor& y, double dx = 1, Axis axis = -1, Site site = {});
Tensor trapezoid(const Tensor& y, const Tensor& x, Axis axis = -1, Site site = {});

namespace detail {

/// y[k] = b[k] + a[k] * y[k - 1] along `axis`, with `reverse` b[k] + a[k] * y[k + 1]; the first
/// factor does not count, and one of 0 passes nothing on, NaN neither. One floating dtype and
/// shape. Differentiable, by itself run backwards.
Tensor linear_recurrence(const Tensor& a, const Tensor& b, int axis, bool reverse, Site site = {});

}  // namespace detail

}  // namespace cinta
#pragma GCC visibility pop
