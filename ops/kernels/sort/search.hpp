#pragma once
// Places in sorted rows, and counts.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// y[i] = how many elements of the sorted row are before x[i]. `sorted` is (rows, n) or (n,), x
/// (rows, m) or of any shape; all dense, one dtype.
void search_sorted(const Array& sorted, const Array& x, bool right, const Array& y);

/// The number of different elements of the dense x, below 2^32.
std::int64_t count_unique(const Array& x);
/// These in growing order, where each element of x is among them, how often each comes.
void unique(const Array& x, const Array& values, const Array& inverse, const Array& counts);

/// counts[k] = how many x are from edges[k] on and below edges[k + 1], which the last bin includes.
/// The edges lie evenly from low to high. Dense, of one floating dtype.
void histogram(const Array& x, double low, double high, const Array& edges, const Array& counts);

}  // namespace cinta::kernels
