#pragma once
// What elementary functions are built of: powers of two, wider and exact arithmetic. Only for
// *_simd.cpp files.

#include <bit>
#include <cinta/ops/kernels/simd/xsimd.hpp>
#include <cstdint>
#include <limits>
#include <utility>

namespace cinta::kernels::detail {

template <class A>
using Doubles = xsimd::batch<double, A>;
template <class A>
using Words = xsimd::batch<std::int64_t, A>;

/// 2^n for a whole n in [-1022, 1023].
template <class A>
Doubles<A> power_of_two(const Doubles<A>& n) {
  // The sum has n + 1023 in its lowest bits, which become the exponent.
  const Doubles<A> sum = n + Doubles<A>(0x1.8p52 + 1023);
  return std::bit_cast<Doubles<A>>(std::bit_cast<Words<A>>(sum) << 52);
}

/// y * 2^n for a whole n in [-2044, 2046] and |y| near 1, rounded once.
template <class A>
Doubles<A> scaled(const Doubles<A>& y, const Doubles<A>& n) {
#if defined(__AVX512F__)
  if constexpr (Doubles<A>::size == 8) return _mm512_scalef_pd(y, n);
#endif
  const Doubles<A> half = xsimd::nearbyint(n * Doubles<A>(0.5));
  return y * power_of_two(half) * power_of_two(n - half);
}

/// A value as a sum of two, the second of which is below the last place of the first.
template <class A>
struct Sum {
  Doubles<A> high, low;
};

/// a + b where |a| >= |b| or a is 0.
template <class A>
Sum<A> exact_sum(const Doubles<A>& a, const Doubles<A>& b) {
  const Doubles<A> sum = a + b;
  return {sum, b - (sum - a)};
}

/// a + b, whichever is larger.
template <class A>
Sum<A> exact_sum_of_any(const Doubles<A>& a, const Doubles<A>& b) {
  const Doubles<A> sum = a + b, from_b = sum - a;
  return {sum, (a - (sum - from_b)) + (b - from_b)};
}

template <class A>
Sum<A> exact_product(const Doubles<A>& a, const Doubles<A>& b) {
  const Doubles<A> y = a * b;
#if defined(__FMA__) || defined(__aarch64__)
  return {y, xsimd::fms(a, b, y)};
#else
  // In halves of 26 bits, whose products are exact.
  const auto upper = [](const Doubles<A>& x) {
    const Words<A> mask(~std::int64_t((1 << 27) - 1));
    return std::bit_cast<Doubles<A>>(std::bit_cast<Words<A>>(x) & mask);
  };
  const Doubles<A> a1 = upper(a), a2 = a - a1, b1 = upper(b), b2 = b - b1;
  return {y, ((a1 * b1 - y) + a1 * b2 + a2 * b1) + a2 * b2};
#endif
}

template <class A>
Sum<A> operator*(const Sum<A>& a, const Sum<A>& b) {
  Sum<A> y = exact_product(a.high, b.high);
  y.low = y.low + (a.high * b.low + a.low * b.high);
  return y;
}

template <class T, int n>
struct VectorOf {
  using type [[gnu::vector_size(n * sizeof(T))]] = T;
};

/// f of floats, computed in double. Takes copies: where std::bit_cast reads through a reference,
/// g++ 14 drops the stores to what it refers to.
template <class F, class A, class... X>
xsimd::batch<float, A> in_double(const F& f, xsimd::batch<float, A> x, X... rest) {
  constexpr int n = int(xsimd::batch<float, A>::size);
  using Floats = typename VectorOf<float, n>::type;
  using Half = typename VectorOf<float, n / 2>::type;
  using Wide = typename VectorOf<double, n / 2>::type;
  const auto half = []<int... i>(xsimd::batch<float, A> from, std::integer_sequence<int, i...>) {
    const Floats all = std::bit_cast<Floats>(from);
    const Half part = __builtin_shufflevector(all, all, i...);
    return std::bit_cast<Doubles<A>>(__builtin_convertvector(part, Wide));
  };
  const auto narrow = [](const Doubles<A>& y) {
    return __builtin_convertvector(std::bit_cast<Wide>(y), Half);
  };
  return [&]<int... i>(std::integer_sequence<int, i...>) {
    const std::integer_sequence<int, i...> low;
    const std::integer_sequence<int, (i + n / 2)...> high;
    const Half a = narrow(f(half(x, low), half(rest, low)...));
    const Half b = narrow(f(half(x, high), half(rest, high)...));
    return std::bit_cast<xsimd::batch<float, A>>(
        __builtin_shufflevector(a, b, i..., (i + n / 2)...));
  }
  (std::make_integer_sequence<int, n / 2>());
}

/// y, but other() in the lanes that are not moderate, and only if there are any.
template <class B, class F>
B where_moderate(const typename B::batch_bool_type& moderate, const B& y, const F& other) {
  return xsimd::all(moderate) ? y : xsimd::select(moderate, y, other());
}

/// c[0] + c[1] x + ...
template <class B, std::size_t n, class T>
B polynomial(const B& x, const T (&c)[n]) {
  B y(c[n - 1]);
  for (std::size_t i = n - 1; i-- > 0;) y = xsimd::fma(y, x, B(c[i]));
  return y;
}

}  // namespace cinta::kernels::detail
