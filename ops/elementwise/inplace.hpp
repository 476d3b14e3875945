#pragma once
// Writes into a tensor's own memory, through views too, as fill_(x(1), 5). x(ids) and x(mask) are
// copies: index_put_ writes to x by these. Each returns `x`.
//
// They are recorded like other operations: where x or what is written requires gradients, x becomes
// the result of the write; if it is a view, what it is a view of and all other views of that change
// with it. Of numbers and of tensors that require no gradient nothing is recorded.
//
// All throw GraphError for a leaf that requires gradients or a view of one, unless under NoGrad,
// and for a view that was made under NoGrad and would have to be recorded; ValueError for a tensor
// with several elements in one place (an expanded one); ShapeError if what is written does not
// broadcast to x, which itself is never broadcast. A graph that saved the old elements notices in
// backward.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// x += operand, and so on. The result is computed and kept in the dtype of x; DtypeError if it
/// does not fit: a float into int64 (every quotient is one), int64 into bool.
const Tensor& add_(const Tensor& x, const Operand& operand);
const Tensor& sub_(const Tensor& x, const Operand& operand);
const Tensor& mul_(const Tensor& x,
                   const Operand& operand);  ///< copies x if the operand requires a gradient
const Tensor& div_(const Tensor& x,
                   const Operand& operand);  ///< copies x if the operand requires a gradient

namespace detail {
/// Throws ValueError if nobody but this handle can see what is written into the elements of `x`.
void refuse_lost(const char* op, const Tensor& x, const Site& site);
}  // namespace detail

// The same as operators: x += y writes into the elements that all handles of x and all views of
// them share, and the graph goes on from there; x = x + y makes a new tensor and leaves the old one
// to those that hold it. A part of x is written by x(0) += y. A temporary that alone holds its
// elements, as x(ids), which is a copy, throws ValueError: what is written would be lost.
inline Tensor operator+=(const Tensor& x, const Operand& operand) { return add_(x, operand); }
inline Tensor operator-=(const Tensor& x, const Operand& operand) { return sub_(x, operand); }
inline Tensor operator*=(const Tensor& x, const Operand& operand) { return mul_(x, operand); }
inline Tensor operator/=(const Tensor& x, const Operand& operand) { return div_(x, operand); }
inline void operator+=(Tensor&& x, const Operand& operand) {
  detail::refuse_lost("operator+=", x, operand.site());
  add_(x, operand);
}
inline void operator-=(Tensor&& x, const Operand& operand) {
  detail::refuse_lost("operator-=", x, operand.site());
  sub_(x, operand);
}
inline void operator*=(Tensor&& x, const Operand& operand) {
  detail::refuse_lost("operator*=", x, operand.site());
  mul_(x, operand);
}
inline void operator/=(Tensor&& x, const Operand& operand) {
  detail::refuse_lost("operator/=", x, operand.site());
  div_(x, operand);
}

/// Overwrites `x` with `source`, broadcast and converted from any dtype.
const Tensor& copy_(const Tensor& x, const Tensor& source, Site site = {});
/// Sets every element of `x`, converted to its dtype.
const Tensor& fill_(const Tensor& x, Number value, Site site = {});
const Tensor& zero_(const Tensor& x, Site site = {});

/// Sets x to `value` (a number or a tensor that broadcasts to x) where `mask`, which is bool and
/// broadcasts to x, is true. Throws DtypeError like add_, and if mask is not bool.
const Tensor& masked_fill_(const Tensor& x, const Tensor& mask, const Operand& value);

/// Clears the gradients of leaves: to undefined, or in place to zero.
void zero_grad(const Tensors& leaves, bool set_to_none = true, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
