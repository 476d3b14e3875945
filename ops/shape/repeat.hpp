#pragma once
// Elements that come several times. broadcast_to is in autograd/primitive/broadcast.hpp.

#include <cinta/autograd/tensor.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// broadcast_to with sizes that may be -1, which leaves the axis as it is: a view. Throws
/// ShapeError if x does not broadcast to the shape, or for a -1 that stands for no axis of x.
Tensor expand(const Tensor& x, const Shape& shape, Site site = {});

/// Copies of x beside one another: counts[i] of them along axis i of the result. Counts beyond the
/// axes of x add axes in front. Throws ValueError for fewer counts than axes, or a negative one.
Tensor repeat(const Tensor& x, const Shape& counts, Site site = {});
/// NumPy's form of repeat: with fewer counts than axes, they are for the last axes.
Tensor tile(const Tensor& x, const Shape& counts, Site site = {});

/// Each entry along `axis` `count` times in a row. Throws ValueError for a negative count.
Tensor repeat_interleave(const Tensor& x, std::int64_t count, Axis axis, Site site = {});
/// Entry i counts[i] times. Throws ShapeError unless there is a count for each entry or one, 0-dim
/// or (1,), for all; DtypeError unless counts are int64, ValueError for a negative one.
Tensor repeat_interleave(const Tensor& x, const Tensor& counts, Axis axis, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
