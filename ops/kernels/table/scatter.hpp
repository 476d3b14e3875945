#pragma once
// The counterpart of gathering rows.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// Row ids[i] of a table becomes row i of x, of two that go to one row the later. Any dtype; all
/// are contiguous.
void scatter_rows(const Array& x, const Array& ids, const Array& table);

}  // namespace cinta::kernels
