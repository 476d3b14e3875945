#pragma once
// Reductions by id: rows of one id are reduced to one row. Ids are int64 and not negative, in any
// order; all throw DtypeError, IndexError for one out of range and ShapeError like index_add.

#include <cinta/ops/reduce/reduce.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// y[k] = the sum of the entries x[i] of the first axis with ids[i] == k, k < count. Floating.
Tensor segment_sum(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});
/// Their mean; NaN for an id that does not come.
Tensor segment_mean(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});
/// The largest (smallest) elements; NaN wins, elements that share the extreme share the gradient,
/// and an id that does not come has -inf (inf).
Tensor segment_max(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});
Tensor segment_min(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});
/// Their product, 1 for an id that does not come; the gradient does not divide.
Tensor segment_prod(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});
/// softmax among the entries of one id: the shape of x.
Tensor segment_softmax(const Tensor& x, const Tensor& ids, std::int64_t count, Site site = {});

/// How scatter_reduce combines elements.
enum class Combine { sum, mean, prod, amax, amin };
/// x with each element combined with those of `source` that ids send to it, as scatter does;
/// without `include_self` what they reach is replaced. A mean counts the element of x only if it is
/// included. Floating dtypes.
Tensor scatter_reduce(const Tensor& x, Axis axis, const Tensor& ids, const Tensor& source,
                      Combine combine, bool include_self = true, Site site = {});

/// softmax along `axis` among the elements where the bool `mask`, which broadcasts to x, is true: 0
/// elsewhere, also where nothing is chosen. What the mask leaves out has no influence and no
/// gradient, whatever it is. Throws DtypeError, ShapeError.
Tensor masked_softmax(const Tensor& x, const Tensor& mask, Axis axis, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
