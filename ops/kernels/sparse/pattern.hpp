#pragma once
// Where the elements of a sparse matrix lie: rows by pointers (CSR), the same by columns, and what
// leads from one to the other. All arrays are dense int64.

#include <cinta/autograd/core/memory/storage.hpp>

namespace cinta::kernels {

/// The first i at which pointers cannot be those of rows with `nnz` elements: the first is not 0,
/// or the i-th is below the one before, or the last is not nnz. -1 if all is well.
std::int64_t find_bad_pointer(const Array& pointers, std::int64_t nnz);

/// Sorts the places 0, 1, ... by their ids, which are in range; places of equal ids stay in order.
/// Those of id i are places[pointers[i]], ..., places[pointers[i + 1] - 1].
void group_ids(const Array& ids, const Array& pointers, const Array& places);

/// starts[i] = whether element i differs from the one before in its row or its column.
void find_starts(const Array& rows, const Array& columns, const Array& starts);

}  // namespace cinta::kernels
