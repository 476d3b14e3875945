#pragma once
// What operations that look rows up by ids have in common. Library code only.

#include <cinta/autograd/tape/apply.hpp>
#include <cinta/ops/kernels/table/gather.hpp>
#include <cinta/ops/operand.hpp>
#include <optional>
#include <span>
#include <vector>

namespace cinta::detail {

using kernels::no_padding;

/// Throws DtypeError unless ids are int64, IndexError for one outside [0, count). `what` is a noun
/// with its article: "a table of 10 rows".
void check_ids(const Op& op, const Tensor& ids, std::int64_t count, const std::string& what);
void check_padding(const Op& op, std::optional<std::int64_t> padding_idx, std::int64_t rows);

/// weight (rows, ...) looked up with checked ids, all along the first axis.
Tensor lookup(const Op& op, const Tensor& weight, const Tensor& ids, const Shape& shape,
              std::optional<std::int64_t> padding_idx = {}, bool sparse = false);

/// Zeros of `shape`, to whose rows those of x, as many as there are checked ids, are added.
Tensor sum_by_id(const Op& op, const Shape& shape, const Tensor& ids, const Tensor& x,
                 std::optional<std::int64_t> padding_idx = {});

/// Ids along an axis of a tensor of shape `from`, one for each element of a tensor that has as many
/// axes, as row-major numbers of its elements. Throws like check_along.
Tensor flat_ids(const Op& op, const Tensor& ids, const Shape& from, int axis);
/// 1 where of checked ids one is the last that names its element of such a tensor, else 0.
Tensor last_along(const Tensor& ids, const Shape& from, int axis, Dtype dtype);
/// Which axis that is. Throws IndexError, DtypeError, ShapeError unless ids fit a tensor of this
/// shape along it. Tensors without axes count as of the shape (1,).
int check_along(const Op& op, const Tensor& ids, const Shape& from, int axis);

/// Row-major numbers of the elements that are not 0: (count,).
Tensor nonzero_places(const Tensor& x);
/// A mask as ids of each of its axes. Throws ShapeError unless it has the sizes of the axes of x
/// from `axis` on.
Tensors mask_ids(const Op& op, const Tensor& mask, const Tensor& x, int axis);

/// index_put_ by the name and at the place of `op`, with its attributes.
const Tensor& put(const Op& op, const Tensor& x, const Tensors& indices, const Operand& values,
                  bool accumulate);

/// The table as kernels see it, with the rows of these ids up to date; others may be behind.
Array table_with(const Tensor& dense_table, const Array& ids);

/// The rows of x that each of these lists names, which are in their range, as tensors of their own:
/// data, not an operation. Costs what the rows do, however x is laid out.
Tensors rows_at(const Tensor& x, const std::vector<std::span<const std::int64_t>>& lists);

/// What a lookup adds to a table, row-sparse: no memory for rows that it did not touch.
Tensor looked_up_rows(const Spec& table, const Tensor& ids, const Tensor& dy,
                      std::optional<std::int64_t> padding_idx);

/// Tells a leaf how it is looked up, see Leaf::note_lookup.
void note_lookup(const Tensor& weight, bool sparse, std::optional<std::int64_t> padding_idx);

}  // namespace cinta::detail
