#pragma once
// The elementwise functions of the library, and the loops over dense rows that compute them: one
// list that operations and the programs of `map` share. functions_simd.cpp has the formulas.

#include <cinta/autograd/core/dtype.hpp>

namespace cinta::kernels {

/// What an elementwise loop computes. Conditions among floating elements are 1 and 0.
enum class Function : std::uint8_t {
  // one number of any dtype
  copy,
  neg,
  abs,
  sign,
  square,
  relu,
  // two; for bools, `add` and `maximum` are "or", `minimum` is "and"
  add,
  sub,
  mul,
  maximum,
  minimum,
  eq,
  ne,
  lt,
  le,
  where,  // three: x0 is not 0 ? x1 : x2
  // one floating number
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  sin,
  cos,
  tanh,
  sigmoid,
  softplus,
  erf,
  // two
  div,
  pow,
  // three
  clamp,  // x0 limited to [x1, x2]
  // several in one, which programs put in their place
  tanh_slope,     // x0 * (1 - x1 * x1)
  sigmoid_slope,  // x0 * (x1 * (1 - x1))
  relu_slope,     // x1 > 0 ? x0 : 0
  mul_mul,        // x0 * x1 * x2
  mul_add,        // x0 * x1 + x2
  mul_sub,        // x2 - x0 * x1
  count
};

/// Most inputs that a function has.
inline constexpr int max_inputs = 3;

/// How many inputs a function has.
constexpr int arity(Function f) {
  using enum Function;
  if (f < add || (f >= exp && f < div)) return 1;
  return f == where || f == clamp || f >= mul_mul ? 3 : 2;
}

/// y[i] = f(x[0][i], x[1][i], ...) for i < n. An input whose bit is set in `flags` has one element
/// for all i. y may be one of the inputs. A value does not depend on its place in the row.
using Row = void (*)(void* y, const void* const* x, unsigned flags, std::int64_t n);

/// The flag for a y that is worth writing with streaming stores: see streaming.hpp. It is aligned
/// to a cache line and none of the inputs; finish_streaming() is the caller's.
inline constexpr unsigned streaming = 1u << max_inputs;

/// The rows of one instruction set. Null: there is no such row.
struct Rows {
  Row same[4][int(Function::count)] = {};     ///< by dtype: inputs and output have it
  Row compare[4][int(Function::count)] = {};  ///< by the inputs' dtype, to bool: eq, ne, lt, le
  Row where[4] = {};                          ///< by dtype, with a bool as condition
  Row cast[4][4] = {};                        ///< from, to: see kernels::copy
};

/// Those of the best instruction set that this machine has.
const Rows& rows();

/// The row of `f` on elements of `dtype`.
inline Row row_of(Function f, Dtype dtype) { return rows().same[int(dtype)][int(f)]; }

}  // namespace cinta::kernels
