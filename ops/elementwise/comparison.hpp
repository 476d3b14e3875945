#pragma once
// Elementwise comparison, logic, and choice between two.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

/// a where `condition` (bool), else b; the three broadcast.
Tensor where(const Tensor& condition, const Operand& a, const Operand& b);

// Comparisons: broadcast, promote, give bool and no gradient.
Tensor eq(const Operand& a, const Operand& b);
Tensor ne(const Operand& a, const Operand& b);
Tensor lt(const Operand& a, const Operand& b);
Tensor le(const Operand& a, const Operand& b);
Tensor gt(const Operand& a, const Operand& b);
Tensor ge(const Operand& a, const Operand& b);
inline Tensor operator==(const Operand& a, const Operand& b) { return eq(a, b); }
inline Tensor operator!=(const Operand& a, const Operand& b) { return ne(a, b); }
inline Tensor operator<(const Operand& a, const Operand& b) { return lt(a, b); }
inline Tensor operator<=(const Operand& a, const Operand& b) { return le(a, b); }
inline Tensor operator>(const Operand& a, const Operand& b) { return gt(a, b); }
inline Tensor operator>=(const Operand& a, const Operand& b) { return ge(a, b); }
Tensor isnan(const Tensor& x, Site site = {});
Tensor isinf(const Tensor& x, Site site = {});
Tensor isfinite(const Tensor& x, Site site = {});  ///< neither infinite nor NaN

// On bool tensors; other dtypes ask "not 0?" first. They give bool.
Tensor logical_and(const Tensor& a, const Tensor& b, Site site = {});
Tensor logical_or(const Tensor& a, const Tensor& b, Site site = {});
Tensor logical_xor(const Tensor& a, const Tensor& b, Site site = {});
Tensor logical_not(const Tensor& x, Site site = {});

}  // namespace cinta
#pragma GCC visibility pop
