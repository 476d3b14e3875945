#pragma once
// What transforms do with vectors of a few widths, in the translation unit of one instruction set.
// A number goes through the same operations in any width.

#include <cinta/ops/kernels/simd/lanes.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace cinta::kernels::CINTA_SIMD {
namespace {

/// A register, and half of one where that is still a vector.
template <class T>
inline constexpr int wide = register_lanes<T>;
template <class T>
inline constexpr int narrow = register_bytes > 16 ? wide<T> / 2 : 1;

/// re + i im becomes its product with wr + i wi.
template <class T, class V>
[[gnu::always_inline]] inline void turn(V& re, V& im, V wr, V wi) {
  const V x = re;
  re = fused<T, V>(x, wr, -(im * wi));
  im = fused<T, V>(x, wi, im * wr);
}

/// Lanes of a and b in turn: of the first halves, or of the second.
template <bool second, class V, int... i>
[[gnu::always_inline]] inline V zip(V a, V b, std::integer_sequence<int, i...>) {
  constexpr int n = int(sizeof...(i)), from = second ? n / 2 : 0;
  return __builtin_shufflevector(a, b, (from + i / 2 + (i % 2) * n)...);
}
/// Every second lane of a and b.
template <bool odd, class V, int... i>
[[gnu::always_inline]] inline V unzip(V a, V b, std::integer_sequence<int, i...>) {
  return __builtin_shufflevector(a, b, (2 * i + int(odd))...);
}
template <class T, class V, class Sequence = std::make_integer_sequence<int, lanes_of<T, V>>>
[[gnu::always_inline]] inline V reversed(V a) {
  if constexpr (std::is_same_v<T, V>)
    return a;
  else
    return [&]<int... i>(std::integer_sequence<int, i...>) {
      return __builtin_shufflevector(a, a, (int(sizeof...(i)) - 1 - i)...);
    }
  (Sequence());
}

/// f.operator()<V>(q) for vectors that together cover [0, count). The last one begins early enough
/// to be whole, so that f may not overwrite what it reads.
template <class T, class F>
[[gnu::always_inline]] inline void along(std::int64_t count, const F& f) {
  const auto steps = [&]<class V>(V*) {
    constexpr int n = lanes_of<T, V>;
    std::int64_t q = 0;
    for (; q + n <= count; q += n) f.template operator()<V>(q);
    if (n > 1 && q < count) f.template operator()<V>(count - n);
  };
  using Wide = Lanes<T, wide<T>>;
  using Narrow = Lanes<T, narrow<T>>;
  if (count >= wide<T>) return steps(static_cast<Wide*>(nullptr));
  if constexpr (narrow < T >> 1)
    if (count >= narrow<T>) return steps(static_cast<Narrow*>(nullptr));
  steps(static_cast<T*>(nullptr));
}

/// Complex numbers as two arrays of real and of imaginary parts.
template <class T>
struct Split {
  T *re, *im;

  Split operator+(std::int64_t i) const { return {re + i, im + i}; }
  Split exchanged() const { return {im, re}; }
  template <class V>
  void load(std::int64_t i, V& r, V& m) const {
    r = get<V>(re + i);
    m = get<V>(im + i);
  }
  template <class V>
  void store(std::int64_t i, const V& r, const V& m) const {
    put<V>(re + i, r);
    put<V>(im + i, m);
  }
};

/// Complex numbers as pairs, with exchanged parts on request; the factor is for what is stored.
template <class T, bool exchanged>
struct Pairs {
  T* at;
  T factor = 1;

  Pairs operator+(std::int64_t i) const { return {at + 2 * i, factor}; }
  template <class V>
  void load(std::int64_t i, V& r, V& m) const {
    V &first = exchanged ? m : r, &second = exchanged ? r : m;
    if constexpr (std::is_same_v<T, V>) {
      first = at[2 * i], second = at[2 * i + 1];
    } else {
      using Sequence = std::make_integer_sequence<int, lanes_of<T, V>>;
      const V a = get<V>(at + 2 * i);
      const V b = get<V>(at + 2 * i + lanes_of<T, V>);
      first = unzip<false>(a, b, Sequence()), second = unzip<true>(a, b, Sequence());
    }
  }
  template <class V>
  void store(std::int64_t i, const V& r, const V& m) const {
    const V first = (exchanged ? m : r) * factor, second = (exchanged ? r : m) * factor;
    if constexpr (std::is_same_v<T, V>) {
      at[2 * i] = first, at[2 * i + 1] = second;
    } else {
      using Sequence = std::make_integer_sequence<int, lanes_of<T, V>>;
      const V a = zip<false>(first, second, Sequence()), b = zip<true>(first, second, Sequence());
      put<V>(at + 2 * i, a);
      put<V>(at + 2 * i + lanes_of<T, V>, b);
    }
  }
};

}  // namespace
}  // namespace cinta::kernels::CINTA_SIMD
