#pragma once
// The formulas of the elementwise functions, for what is made of them: rows and handlers. Only for
// *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/elementwise/functions.hpp>
#include <cinta/ops/kernels/simd/math.hpp>

namespace cinta::kernels {

namespace detail {

// A condition among elements of type V as a batch of 1 and 0.
template <class V, class C>
V number(const C& condition) {
  return select(condition, V(1), V(0));
}

// One of two by a condition that is a number.
template <class V>
V choose(V condition, V a, V b) {
  return select(condition == V(0), b, a);
}

}  // namespace detail

/// Calls set(function, expression) for each function of numbers. A expression is a lambda without
/// captures, of scalars or of batches.
template <class Set>
void for_numeric_functions(const Set& set) {
  set(Function::copy, [](auto x) { return x; });
  set(Function::neg, [](auto x) { return -x; });
  set(Function::abs, [](auto x) { return abs(x); });
  set(Function::square, [](auto x) { return x * x; });
  // NaN, which compares false, stays.
  set(Function::sign, [](auto x) {
    using V = decltype(x);
    return select(x > V(0), V(1), select(x < V(0), V(-1), x));
  });
  set(Function::relu, [](auto x) { return select(x <= decltype(x)(0), decltype(x)(0), x); });
  set(Function::add, [](auto a, auto b) { return a + b; });
  set(Function::sub, [](auto a, auto b) { return a - b; });
  set(Function::mul, [](auto a, auto b) { return a * b; });
  // NaN has to win: no comparison with it holds.
  set(Function::maximum, [](auto a, auto b) { return select(a > b, a, select(a == a, b, a)); });
  set(Function::minimum, [](auto a, auto b) { return select(a < b, a, select(a == a, b, a)); });
  set(Function::eq, [](auto a, auto b) { return detail::number<decltype(a)>(a == b); });
  // Not by !=, which in xsimd says with AVX-512 that NaN equals itself.
  set(Function::ne, [](auto a, auto b) {
    using V = decltype(a);
    return select(a == b, V(0), V(1));
  });
  set(Function::lt, [](auto a, auto b) { return detail::number<decltype(a)>(a < b); });
  set(Function::le, [](auto a, auto b) { return detail::number<decltype(a)>(a <= b); });
  set(Function::where, [](auto c, auto a, auto b) { return detail::choose(c, a, b); });
}

/// The same for those of floating numbers alone.
template <class Set>
void for_floating_functions(const Set& set) {
  set(Function::exp, [](auto x) { return exp(x); });
  set(Function::expm1, [](auto x) { return expm1(x); });
  set(Function::log, [](auto x) { return log(x); });
  set(Function::log1p, [](auto x) { return log1p(x); });
  set(Function::sqrt, [](auto x) { return sqrt(x); });
  set(Function::sin, [](auto x) { return sin(x); });
  set(Function::cos, [](auto x) { return cos(x); });
  set(Function::tanh, [](auto x) { return tanh(x); });
  // exp of a negative number cannot overflow; both halves are exact there.
  set(Function::sigmoid, [](auto x) {
    using V = decltype(x);
    const V e = exp(-abs(x));
    return select(x < V(0), e, V(1)) / (V(1) + e);
  });
  set(Function::softplus, [](auto x) { return max(x, decltype(x)(0)) + log1p(exp(-abs(x))); });
  set(Function::erf, [](auto x) { return erf(x); });
  set(Function::div, [](auto a, auto b) { return a / b; });
  set(Function::pow, [](auto a, auto b) { return kernels::pow(a, b); });
  set(Function::clamp,
      [](auto x, auto low, auto high) { return select(x < low, low, select(x > high, high, x)); });
  set(Function::tanh_slope, [](auto g, auto y) { return g * (decltype(y)(1) - y * y); });
  set(Function::sigmoid_slope, [](auto g, auto y) { return g * (y * (decltype(y)(1) - y)); });
  set(Function::relu_slope,
      [](auto g, auto y) { return select(y > decltype(y)(0), g, decltype(y)(0)); });
  set(Function::mul_mul, [](auto a, auto b, auto c) { return a * b * c; });
  set(Function::mul_add, [](auto a, auto b, auto c) { return xsimd::fma(a, b, c); });
  set(Function::mul_sub, [](auto a, auto b, auto c) { return xsimd::fnma(a, b, c); });
}

}  // namespace cinta::kernels
