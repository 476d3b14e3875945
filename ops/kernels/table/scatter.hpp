#pragma once
// The counterpart of gathering rows.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Entry ids[i] of a table, whose first `axes` axes are counted as one, becomes entry i of x; of
/// two that go to one place the later. Any dtype; x and ids are contiguous, the table has any
/// strides, but no two elements in one place.
void scatter_rows(const Array& x, const Array& ids, int axes, const Array& table);

}  // namespace cinta::kernels
