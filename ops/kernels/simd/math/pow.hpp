#pragma once
// Powers. Only for *_simd.cpp files.

#include <cinta/ops/kernels/simd/math/exp.hpp>
#include <cinta/ops/kernels/simd/math/log.hpp>
#include <cmath>
#include <concepts>

namespace cinta::kernels {

namespace detail {

/// size^b for size >= 0, but for the cases in which C says 1.
template <class A>
Doubles<A> pow_of_size(const Doubles<A>& size, const Doubles<A>& b) {
  using B = Doubles<A>;
  const B infinity(std::numeric_limits<double>::infinity());
  Sum<A> log = exact_log(size);
  const auto plain = size > B(0) && size < infinity;
  log.high = xsimd::select(plain, log.high, xsimd::select(size == B(0), -infinity, size));
  const Sum<A> product = exact_product(b, log.high);
  const auto finite = xsimd::abs(product.high) < B(800);
  const B low = xsimd::select(finite, xsimd::fma(b, log.low, product.low), B(0));
  return exp_of_sum(product.high, low);
}

/// The same of what was single precision, with a relative error of 4e-9.
template <class A>
Doubles<A> short_pow_of_size(const Doubles<A>& size, const Doubles<A>& b) {
  using B = Doubles<A>;
  const B infinity(std::numeric_limits<double>::infinity());
  const auto plain = size > B(0) && size < infinity;
  const B log =
      xsimd::select(plain, short_log2(size), xsimd::select(size == B(0), -infinity, size));
  // In this order NaN stays. Beyond these bounds the result is 0 or infinite in single precision.
  const B y = xsimd::min(B(200), xsimd::max(B(-200), b * log)), n = xsimd::nearbyint(y);
  const B p =
      polynomial(y - n, {1.0, 0.6931472067028326, 0.24022650922288757, 0.05550327226670302,
                         0.009618056678524637, 0.0013400428177615838, 0.0001546144469856913});
  return p * power_of_two(n);
}

/// y, which is |a|^b, with C's special cases: x^0 is 1, 0^-1 inf, (-inf)^0.5 inf.
template <class T, class A>
xsimd::batch<T, A> with_special_cases(const xsimd::batch<T, A>& a, const xsimd::batch<T, A>& b,
                                      xsimd::batch<T, A> y) {
  using B = xsimd::batch<T, A>;
  const B one(1), infinity(std::numeric_limits<T>::infinity()), size = xsimd::abs(a);
  y = xsimd::select(b == B(0) || (size == one && xsimd::abs(b) == infinity), one, y);
  // Not by xsimd::is_odd, which holds for what is too large to be odd.
  const B half = b * B(0.5);
  const auto whole = b == xsimd::trunc(b), even = half == xsimd::trunc(half);
  y = xsimd::select(whole && !even, y | xsimd::bitofsign(a), y);
  const auto no_root = a < B(0) && size < infinity && !whole;
  y = xsimd::select(no_root, B(std::numeric_limits<T>::quiet_NaN()), y);
  return xsimd::select(a == one, one, y);
}

}  // namespace detail

/// a^b as C defines it; 10^3 is 1000. The logarithm has twice the digits of the result. Squares and
/// cubes, which most powers are, are products, of doubles with what rounding the square took.
template <class A>
xsimd::batch<double, A> pow(const xsimd::batch<double, A>& a, const xsimd::batch<double, A>& b) {
  using B = xsimd::batch<double, A>;
  if (xsimd::all(b == B(2))) return a * a;
  if (xsimd::all(b == B(3))) {
    const detail::Sum<A> square = detail::exact_product(a, a);
    const auto plain = square.high < B(0x1p1000);
    return xsimd::fma(square.high, a, xsimd::select(plain, square.low * a, B(0)));
  }
  return detail::with_special_cases(a, b, detail::pow_of_size(xsimd::abs(a), b));
}
template <class A>
xsimd::batch<float, A> pow(const xsimd::batch<float, A>& a, const xsimd::batch<float, A>& b) {
  using B = xsimd::batch<float, A>;
  if (xsimd::all(b == B(2))) return a * a;
  if (xsimd::all(b == B(3))) return detail::in_double([](const auto& x) { return x * x * x; }, a);
  const auto power = [](const auto& x, const auto& e) { return detail::short_pow_of_size(x, e); };
  return detail::with_special_cases(a, b, detail::in_double(power, xsimd::abs(a), b));
}
template <std::floating_point T>
T pow(T a, T b) {
  return std::pow(a, b);
}

/// For b >= 0, modulo 2^64 as products of integers are.
inline std::int64_t pow(std::int64_t a, std::int64_t b) {
  std::uint64_t y = 1, factor = std::uint64_t(a);
  for (; b > 0; b >>= 1, factor *= factor)
    if (b & 1) y *= factor;
  return std::int64_t(y);
}

/// sqrt(a^2 + b^2), whose squares neither overflow nor vanish; infinite beside NaN too.
template <class A>
xsimd::batch<double, A> hypot(const xsimd::batch<double, A>& a, const xsimd::batch<double, A>& b) {
  using B = xsimd::batch<double, A>;
  const B x = xsimd::abs(a), y = xsimd::abs(b), infinity(std::numeric_limits<double>::infinity());
  const B most = xsimd::max(x, y), least = xsimd::min(x, y);
  const auto large = most > B(0x1p500), small = most < B(0x1p-450);
  const B up = xsimd::select(large, B(0x1p-600), xsimd::select(small, B(0x1p600), B(1)));
  const B down = xsimd::select(large, B(0x1p600), xsimd::select(small, B(0x1p-600), B(1)));
  const B u = most * up, v = least * up;
  const B root = xsimd::sqrt(xsimd::fma(u, u, v * v)) * down;
  const B number =
      xsimd::select(x == x && y == y, root, B(std::numeric_limits<double>::quiet_NaN()));
  return xsimd::select(x == infinity || y == infinity, infinity, number);
}
template <class A>
xsimd::batch<float, A> hypot(const xsimd::batch<float, A>& a, const xsimd::batch<float, A>& b) {
  using B = xsimd::batch<float, A>;
  const B infinity(std::numeric_limits<float>::infinity());
  const B y = detail::in_double(
      [](const auto& u, const auto& v) { return xsimd::sqrt(xsimd::fma(u, u, v * v)); }, a, b);
  return xsimd::select(xsimd::abs(a) == infinity || xsimd::abs(b) == infinity, infinity, y);
}

}  // namespace cinta::kernels
