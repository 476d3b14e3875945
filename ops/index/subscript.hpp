#pragma once
// x(...): elements and parts of a tensor, read and written.
//
//     x(1, 2)              the element at row 1, column 2: a tensor without axes; .item() reads it
//     x(-1)                the last row
//     x(All, 0)            the first column
//     x(Slice(1, 5))       rows 1 to 4;  Slice(-3) the last three;  Slice(0, end_of_axis, 2) every
//     other x(Ellipsis, 0)       the first entries of the last axis, whatever the number of axes
//     x(All, NewAxis)      shape (n, m) becomes (n, 1, m)
//     x(ids)               rows picked by an int64 tensor, whose axes take the place of the first
//     x(i, j)              with two: the elements at (i[0], j[0]), (i[1], j[1]), ...
//     x(mask)              rows, or elements, where a bool tensor is true
//     x(1, All) = 0;       writes; so does x(1, All) = v, x(All, 0) += v, copy_(x(1), v)
//
// An index stands for an axis in its order, and axes that none is left for are taken whole. An
// integer drops its axis; negative ones count from the end. A slice keeps it: bounds outside are
// cut, as in Python, and a negative step runs backwards: Slice(-1, end_of_axis, -1) is the whole
// axis reversed. The result is a view, recorded like select, slice and unsqueeze, of which it is
// made; except that tensors of ids make a copy, as index_select does (the ids are not negative):
// x(ids) = v and x(ids) += v would be lost and throw ValueError. fill_(x(ids), v), copy_ and others
// in place change that copy, which they return, and not x: index_put_ and index_fill_ write to x.
// Ids broadcast to one shape, which takes the place of their axes. These have to stand side by
// side: where the shape goes otherwise is a known trap. An integer beside them drops its axis
// first, as in PyTorch. A mask has the sizes of the axes that it stands for, and counts as the ids
// of its true elements.
//
// Throws ValueError for a slice's step of 0, a second Ellipsis, ids apart; IndexError for an index
// outside its axis (of the tensor, or of its axes); ShapeError for a mask that does not fit.

#include <cinta/ops/operand.hpp>
#include <cinta/ops/shape/view/slice.hpp>
#include <initializer_list>

#pragma GCC visibility push(default)
namespace cinta {

/// The positions start, start + step, ... before `stop`; negative bounds count from the end.
struct Slice {
  constexpr Slice() = default;
  constexpr explicit Slice(std::int64_t start, std::int64_t stop = end_of_axis,
                           std::int64_t step = 1)
      : start(start), stop(stop), step(step) {}

  std::int64_t start = 0, stop = end_of_axis, step = 1;
};

/// A whole axis.
inline constexpr Slice All;
/// As many whole axes as the other indices leave.
inline constexpr struct EllipsisIndex {
} Ellipsis;
/// An axis of size 1 that was not there.
inline constexpr struct NewAxisIndex {
} NewAxis;

/// One index of x(...), with the place of the call. Borrows a tensor: only for parameters.
class Index {
 public:
  enum class Kind { position, slice, ellipsis, new_axis, ids };

  template <Integer T>
  Index(T position, Site site = {})
      : kind_(Kind::position), slice_(std::int64_t(position)), site_(site) {}
  template <class T>
  requires(std::is_arithmetic_v<T> && !Integer<T>) Index(T)
  = delete;  // positions are integers
  Index(const Slice& slice, Site site = {}) : kind_(Kind::slice), slice_(slice), site_(site) {}
  Index(EllipsisIndex, Site site = {}) : kind_(Kind::ellipsis), site_(site) {}
  Index(NewAxisIndex, Site site = {}) : kind_(Kind::new_axis), site_(site) {}
  Index(const Tensor& ids, Site site = {}) : kind_(Kind::ids), ids_(&ids), site_(site) {}

  Kind kind() const { return kind_; }
  std::int64_t position() const { return slice_.start; }
  const Slice& slice() const { return slice_; }
  const Tensor& ids() const { return *ids_; }
  const Site& site() const { return site_; }

 private:
  Kind kind_;
  Slice slice_;
  const Tensor* ids_ = nullptr;
  Site site_;
};

namespace detail {
Tensor part(const Tensor& x, std::initializer_list<Index> indices);
}  // namespace detail

template <IndexLike... More>
Tensor Tensor::operator()(Index first, const More&... more) const {
  return detail::part(*this, {first, Index(more)...});
}

}  // namespace cinta
#pragma GCC visibility pop
