#pragma once
// Lookups by integer ids. Ids are int64, are not negative, and have no gradient. Where an id
// repeats, its gradients add up in a fixed order. Along an axis, tensors and ids without axes are
// of one element, as in PyTorch; where ids are 1-d they may be 0-dim.

#include <cinta/ops/operand.hpp>
#include <optional>

#pragma GCC visibility push(default)
namespace cinta {

struct LookupOptions {
  /// A row that counts as zeros, whatever it holds, and receives no gradient.
  std::optional<std::int64_t> padding_idx = {};
  /// The gradient of a weight that is a leaf is row-sparse (autograd/row_sparse.hpp) unless a graph
  /// of the gradient is recorded.
  bool sparse = false;
};
/// Rows of `weight` (rows, width): ids of any shape give ids.shape + (width,). Throws DtypeError
/// unless ids are int64, ShapeError unless weight has two axes, IndexError naming an id outside the
/// table and its position.
Tensor embedding(const Tensor& weight, const Tensor& ids, LookupOptions options = {},
                 Site site = {});

/// Entries of `x` along `axis` in the order of the 1-d `ids`; of a 0-dim x one, 0-dim. Throws like
/// embedding.
Tensor index_select(const Tensor& x, Axis axis, const Tensor& ids, Site site = {});

/// y[i, j, k] = x[i, ids[i, j, k], k] for axis 1, and so on: one entry of `x` along `axis` for each
/// element of `ids`, which has as many axes and outside `axis` is not larger. Throws like
/// embedding.
Tensor gather(const Tensor& x, Axis axis, const Tensor& ids, Site site = {});

struct IndexAddOptions {
  std::optional<std::int64_t> padding_idx = {};  ///< an entry that stays zero
};
/// zeros(shape) with x[i] added to entry ids[i] of the first axis, for the 1-d `ids`. x has the
/// shape ids.shape + shape[1:]. The adjoint of embedding.
Tensor index_add(const Shape& shape, const Tensor& ids, const Tensor& x,
                 IndexAddOptions options = {}, Site site = {});

/// x[indices[0], indices[1], ...] = values, in place and recorded as inplace.hpp says; with
/// `accumulate` it adds. One tensor of ids for each of the first axes of x, or a bool mask for as
/// many as it has, which stands for the ids of its true elements; they broadcast to one shape, and
/// values to that shape + x.shape[indices.size():]. Where ids repeat, sums are complete and
/// otherwise the last value in row-major order stays, which alone gets a gradient. Returns x.
/// Throws like embedding and like add_.
const Tensor& index_put_(const Tensor& x, const Tensors& indices, const Operand& values,
                         bool accumulate = false);

/// Sets the entries of `x` along `axis` that the 1-d `ids` name to `value`, a number or a 0-dim
/// tensor. Like index_put_ otherwise.
const Tensor& index_fill_(const Tensor& x, Axis axis, const Tensor& ids, const Operand& value);

/// ids.shape + (classes,): 1 at each id, else 0.
Tensor one_hot(const Tensor& ids, std::int64_t classes, Dtype dtype = float32, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
