#pragma once
// einsum: sums of products, by the names of axes.

#include <cinta/autograd/tensor.hpp>
#include <string_view>

#pragma GCC visibility push(default)
namespace cinta {

/// Products of elements with equal indices, summed over all indices that the result does not name:
///
///     einsum("ij,jk->ik", {a, b})          a matrix product
///     einsum("bij,bjk->bik", {a, b})       of batches
///     einsum("ii->i", {a})                 the diagonal
///     einsum("...i,i->...", {a, b})        over the last axis of any number of axes
///     einsum("ij,jk", {a, b})              without "->": the letters that come once, in
///     alphabetical
///                                          order, behind the axes of "..."
///
/// An axis is a letter, or one of those that "..." stands for, which broadcast. Operands are
/// multiplied two by two in the order that costs least (for more than eight operands, the cheapest
/// pair first), each pair as one (batched) matrix product where something is summed. Floating
/// dtypes, which promote. Throws ValueError for what is no such text, ShapeError where sizes
/// differ.
Tensor einsum(std::string_view equation, const Tensors& operands, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
