#pragma once
// Copies between arrays of any strides and dtypes.

#include <cinta/autograd/core/memory/storage.hpp>
#include <cinta/autograd/core/number.hpp>

namespace cinta::kernels {

/// to = from, broadcast to the shape of `to` and converted to its dtype by element_cast. The arrays
/// must not overlap, unless they are the same.
void copy(const Array& from, const Array& to);

/// All elements of y become `value`, converted in the same way.
void fill(const Array& y, const Number& value);

/// to += from, broadcast; both have one dtype. Bools are combined by "or".
void accumulate(const Array& from, const Array& to);

/// The same for a `to` with several elements in one place, of the shape of `from`: one element
/// after the other, in row-major order, by compensated addition. A plain loop.
void accumulate_overlapping(const Array& from, const Array& to);

}  // namespace cinta::kernels
