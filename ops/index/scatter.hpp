#pragma once
// Elements read and written by ids, without changing the tensor that they are read from or written
// over. Ids are int64 and not negative; all throw DtypeError for other ids and IndexError for one
// out of range, naming its position. Where ids repeat, gradients of reads add up; of overwriting
// writes the last value in row-major order stays and alone has a gradient. Along an axis, tensors
// and ids without axes are of one element, as in PyTorch.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// The elements of x, counted in row-major order, that ids of any shape name.
Tensor take(const Tensor& x, const Tensor& ids, Site site = {});
/// gather where x and ids broadcast against each other outside `axis`. NumPy's function.
Tensor take_along_axis(const Tensor& x, const Tensor& ids, Axis axis, Site site = {});

/// x with y[ids[i, j, k], j, k] = source[i, j, k] for axis 0, and so on, or with source added
/// there. ids has the axes of x and outside `axis` no more entries; source, which may be a number,
/// has the shape of ids or broadcasts to it. Throws DtypeError for a source that does not fit into
/// the dtype of x, of which bools are not added.
Tensor scatter(const Tensor& x, Axis axis, const Tensor& ids, const Operand& source);
Tensor scatter_add(const Tensor& x, Axis axis, const Tensor& ids, const Operand& source);

/// x with source written to, or added to, the elements that ids name, counted in row-major order.
Tensor put(const Tensor& x, const Tensor& ids, const Operand& source, bool accumulate = false);

/// index_put_ into a copy of x.
Tensor index_put(const Tensor& x, const Tensors& indices, const Operand& values,
                 bool accumulate = false);

/// x with alpha * source added to its entries along `axis` that the 1-d ids name; source has the
/// shape of x but for that axis, and is 0-dim where x is. Throws ShapeError, DtypeError unless x
/// and source are floating.
Tensor index_add(const Tensor& x, Axis axis, const Tensor& ids, const Tensor& source,
                 double alpha = 1, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
