#pragma once
// The elementwise functions of the library, and the loops over dense rows that compute them: one
// table that operations and the programs of `map` share, functions.inl.

#include <cinta/autograd/core/dtype.hpp>

namespace cinta::kernels {

/// What an elementwise loop computes. Among bools, `add` and `maximum` are "or", `minimum` is
/// "and".
enum class Function : std::uint8_t {
#define CINTA_FUNCTION1(name, ...) name,
#define CINTA_FUNCTION2(name, ...) name,
#define CINTA_FUNCTION3(name, ...) name,
#define CINTA_FUSED(name, ...) name,
#include <cinta/ops/kernels/elementwise/functions.inl>
  count
};

/// What a function can be computed of: every dtype but bool, or floating ones.
enum class Dtypes : bool { floating, numeric };

/// Most inputs that a function has.
inline constexpr int max_inputs = 3;

namespace detail {

inline constexpr std::uint8_t arities[] = {
#define CINTA_FUNCTION1(...) 1,
#define CINTA_FUNCTION2(...) 2,
#define CINTA_FUNCTION3(...) 3,
#define CINTA_FUSED(name, arity, ...) arity,
#include <cinta/ops/kernels/elementwise/functions.inl>
};
inline constexpr Dtypes dtypes[] = {
#define CINTA_FUNCTION1(name, dtypes, ...) Dtypes::dtypes,
#define CINTA_FUNCTION2(name, dtypes, ...) Dtypes::dtypes,
#define CINTA_FUNCTION3(name, dtypes, ...) Dtypes::dtypes,
#define CINTA_FUSED(...) Dtypes::floating,
#include <cinta/ops/kernels/elementwise/functions.inl>
};

}  // namespace detail

/// How many inputs a function has.
constexpr int arity(Function f) { return detail::arities[int(f)]; }
/// Whether it is a function of int64 too.
constexpr bool is_numeric(Function f) { return detail::dtypes[int(f)] == Dtypes::numeric; }

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
