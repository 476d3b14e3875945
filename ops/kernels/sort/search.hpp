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

/// counts[k] += 1 for each x in the k-th of equal bins from low to high. Dense, floating.
void histogram(const Array& x, double low, double high, const Array& counts);

}  // namespace cinta::kernels
