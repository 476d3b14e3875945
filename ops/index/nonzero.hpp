#pragma once
// Elements chosen by masks: results whose sizes depend on values.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The indices of the elements that are not 0 (NaN is not), in row-major order: int64, one row for
/// each, (count, x.rank()).
Tensor nonzero(const Tensor& x, Site site = {});

/// The elements of x where the bool `mask` is true, in row-major order: (count,). x and mask
/// broadcast. Throws DtypeError unless mask is bool.
Tensor masked_select(const Tensor& x, const Tensor& mask, Site site = {});

/// x with the elements where the bool `mask`, which broadcasts to x, is true replaced by the first
/// elements of `source`, in row-major order. Throws ShapeError if source has fewer, DtypeError
/// unless mask is bool and source has the dtype of x.
Tensor masked_scatter(const Tensor& x, const Tensor& mask, const Tensor& source, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
