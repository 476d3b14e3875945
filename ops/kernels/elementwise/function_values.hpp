#pragma once
// The values of the elementwise functions, for what is made of them: rows and handlers. Only for
// *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/simd/math.hpp>
#include <type_traits>

namespace cinta::kernels {

// A condition among elements of type V as 1 and 0.
template <class V, class C>
V truth(const C& condition) {
  return select(condition, V(1), V(0));
}

// NaN, which compares false, stays.
template <class V>
V sign(const V& x) {
  return select(x > V(0), V(1), select(x < V(0), V(-1), x));
}

// NaN wins.
template <class V>
V larger(const V& a, const V& b) {
  return select(a > b, a, select(a == a, b, a));
}
template <class V>
V smaller(const V& a, const V& b) {
  return select(a < b, a, select(a == a, b, a));
}

// NaN is rare, so that looking for it costs little.
template <class V>
V settled(const V& y, const V& gradient) {
  const auto number = y == y;
  if (xsimd::all(number)) return y;
  return select(number, y, select(gradient == V(0), V(0), y));
}

/// Calls set(function, dtypes, value) for each function. A value is a lambda without captures, of
/// numbers or of batches, always inlined, so that what it reads from tables stays in registers
/// between the elements; dtypes is a std::integral_constant.
template <class Set>
void for_each_function(const Set& set) {
#define CINTA_VALUE(name, which, value, first, ...)                    \
  set(                                                                 \
      Function::name, std::integral_constant<Dtypes, Dtypes::which>(), \
      [](__VA_ARGS__) __attribute__((always_inline)) {                 \
        using V [[maybe_unused]] = decltype(first);                    \
        return value;                                                  \
      });
#define CINTA_FUNCTION1(name, dtypes, value, ...) CINTA_VALUE(name, dtypes, value, x, auto x)
#define CINTA_FUNCTION2(name, dtypes, value, ...) \
  CINTA_VALUE(name, dtypes, value, a, auto a, auto b)
#define CINTA_FUNCTION3(name, dtypes, value, ...) \
  CINTA_VALUE(name, dtypes, value, a, auto a, auto b, auto c)
#define CINTA_FUSED(name, arity, value) CINTA_FUSED##arity(name, value)
#define CINTA_FUSED2(name, value) CINTA_VALUE(name, floating, value, a, auto a, auto b)
#define CINTA_FUSED3(name, value) CINTA_VALUE(name, floating, value, a, auto a, auto b, auto c)
#include <cinta/ops/kernels/elementwise/functions.inl>
#undef CINTA_FUSED3
#undef CINTA_FUSED2
#undef CINTA_VALUE
}

}  // namespace cinta::kernels
