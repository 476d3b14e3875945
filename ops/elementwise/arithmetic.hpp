#pragma once
// Elementwise arithmetic. Shapes broadcast by NumPy's rule; dtypes promote to the larger of
// bool < int64 < float32 < float64. Every function throws ShapeError when shapes do not broadcast.

#include <cinta/ops/operand.hpp>

#pragma GCC visibility push(default)
namespace cinta {

Tensor add(const Operand& a, const Operand& b);  ///< a + b
Tensor sub(const Operand& a, const Operand& b);  ///< a - b
Tensor mul(const Operand& a, const Operand& b);  ///< a * b
/// a / b; int64 and bool are divided as float32.
Tensor div(const Operand& a, const Operand& b);
/// a to the power b, at least float32 unless both are integers: then exact int64, modulo 2^64; bool
/// counts as int64. With a negative base and a fraction the value is NaN. The gradient with respect
/// to b is 0 where a is 0 and b is not negative. Throws ValueError where an integer has a negative
/// integer as exponent.
Tensor pow(const Operand& a, const Operand& b);

Tensor neg(const Tensor& x, Site site = {});  ///< -x

inline Tensor operator+(const Operand& a, const Operand& b) { return add(a, b); }
inline Tensor operator-(const Operand& a, const Operand& b) { return sub(a, b); }
inline Tensor operator*(const Operand& a, const Operand& b) { return mul(a, b); }
inline Tensor operator/(const Operand& a, const Operand& b) { return div(a, b); }
inline Tensor operator-(const Operand& x) { return neg(x.tensor(), x.site()); }

}  // namespace cinta
#pragma GCC visibility pop
