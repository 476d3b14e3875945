#pragma once
// Sorting along the last axis of dense (..., n) arrays of any dtype, n below 2^32. NaN is above all
// numbers and equal to itself, 0 equals -0, and of equals the one that comes first comes first. The
// same for any number of threads.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// The elements of each row in order, and where they were.
void sort_rows(const Array& x, bool descending, const Array& values, const Array& indices);

/// The first k of them: (..., k). Unless `ordered`, in the order of their places.
void first_of_rows(const Array& x, bool descending, std::int64_t k, bool ordered,
                   const Array& values, const Array& indices);

/// The k-th, from 0 on; with `nan_wins` the first NaN of a row that has some. values and indices
/// have one element for each row.
void kth_of_rows(const Array& x, std::int64_t k, bool nan_wins, const Array& values,
                 const Array& indices);

/// How a quantile lies between two elements.
enum class Between { linear, lower, higher, nearest, midpoint };
/// The two elements of each row that the quantile q lies between, and the weight of the second.
/// With `skip_nan` of those that are no NaN; otherwise a row that has one has it as both.
void quantile_of_rows(const Array& x, double q, Between between, bool skip_nan, const Array& lower,
                      const Array& upper, const Array& weights);

/// The element that comes most often in each row, the smallest of several, and where it first is.
void mode_of_rows(const Array& x, const Array& values, const Array& indices);

/// y[i, index[i, k]] = x[i, k], 0 elsewhere: (rows, n) from (rows, k), whose indices are distinct.
void place_in_rows(const Array& x, const Array& indices, const Array& y);

}  // namespace cinta::kernels
