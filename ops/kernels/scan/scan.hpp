#pragma once
// Scans: each element of the result is made of all those before it along an axis. Dense arrays of
// one shape.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[k] = x[0] + ... + x[k], or with `reverse` x[k] + ... + x[n - 1]. Numeric; floating ones are
/// added in a wider type. The same bits for any number of threads.
void cumsum(const Array& x, int axis, bool reverse, const Array& y);

/// y[k] = x[0] * ... * x[k]. Numeric.
void cumprod(const Array& x, int axis, const Array& y);

/// values[k] = the largest (smallest) of x[0], ..., x[k], indices[k] where it is: the last one of
/// equals, the first NaN. Numeric.
void cumulative_extremum(bool largest, const Array& x, int axis, const Array& values,
                         const Array& indices);

/// y[k] = log(exp(x[0]) + ... + exp(x[k])). Floating.
void logcumsumexp(const Array& x, int axis, const Array& y);

/// y[k] = b[k] + a[k] * y[k - 1], with `reverse` b[k] + a[k] * y[k + 1]; a factor of 0 passes
/// nothing on, NaN neither. Floating.
void linear_recurrence(const Array& a, const Array& b, int axis, bool reverse, const Array& y);

}  // namespace cinta::kernels
