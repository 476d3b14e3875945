#pragma once
// One matrix in each lane of a vector: small matrices of a batch are factored several at a time, by
// the plain loops of a textbook, in which every number is a vector. A scalar in the vector's place
// makes the same loops work on one matrix of any size, where there is no LAPACK.
// Only for *_simd.cpp files: each instruction set compiles its own copy.

#include <cinta/ops/kernels/loop/buffer.hpp>
#include <cinta/ops/kernels/simd/register_transpose.hpp>
#include <cinta/ops/kernels/simd/xsimd.hpp>
#include <cmath>
#include <cstring>
#include <type_traits>

namespace cinta::kernels {

/// The vector of T, or T itself.
template <class T, bool several>
using Lane = std::conditional_t<several, xsimd::batch<T>, T>;

template <class V>
struct LaneTraits {
  using type = V;
  static constexpr int count = 1;
};
template <class T, class A>
struct LaneTraits<xsimd::batch<T, A>> {
  using type = T;
  static constexpr int count = int(xsimd::batch<T, A>::size);
};
/// Type and number of the numbers in V.
template <class V>
using lane_t = typename LaneTraits<V>::type;
template <class V>
inline constexpr int lane_count = LaneTraits<V>::count;

// The functions of xsimd that the loops use, for scalars.
template <class T>
requires std::is_floating_point_v<T> T choose(bool condition, T yes, T no) {
  return condition ? yes : no;
}
template <class T, class A>
xsimd::batch<T, A> choose(const xsimd::batch_bool<T, A>& condition, const xsimd::batch<T, A>& yes,
                          const xsimd::batch<T, A>& no) {
  return xsimd::select(condition, yes, no);
}
inline bool any_lane(bool condition) { return condition; }
template <class T, class A>
bool any_lane(const xsimd::batch_bool<T, A>& condition) {
  return xsimd::any(condition);
}

/// Lane i of v.
template <class V>
lane_t<V>& lane(V& v, int i) {
  return reinterpret_cast<lane_t<V>*>(&v)[i];
}

/// Calls f(i) for the lanes in which the condition holds, given as 1 or 0.
template <class V, class F>
void for_lanes_where(V truth, const F& f) {
  for (int i = 0; i < lane_count<V>; ++i)
    if (lane(truth, i) != 0) f(i);
}

/// to[k] has element k of each of the arrays `from`, of `count` elements.
template <class V>
[[gnu::flatten]] void gather_lanes(const lane_t<V>* const* from, std::int64_t count, V* to) {
  using T = lane_t<V>;
  if constexpr (lane_count<V> == 1) {
    std::memcpy(static_cast<void*>(to), from[0], std::size_t(count) * sizeof(T));
  } else {
    constexpr int n = register_lanes<T>;
    static_assert(n == lane_count<V>);
    std::int64_t k = 0;
    for (; k + n <= count; k += n) {
      Register<T> rows[n];
      for (int i = 0; i < n; ++i) load<T>(rows[i], from[i] + k);
      turn_over<T>(rows);
      for (int i = 0; i < n; ++i) store<T>(reinterpret_cast<T*>(to + k + i), rows[i]);
    }
    for (; k < count; ++k)
      for (int i = 0; i < n; ++i) reinterpret_cast<T*>(to + k)[i] = from[i][k];
  }
}

/// The way back, for the first `lanes`.
template <class V>
[[gnu::flatten]] void scatter_lanes(const V* from, std::int64_t count, lane_t<V>* const* to,
                                    int lanes) {
  using T = lane_t<V>;
  if constexpr (lane_count<V> == 1) {
    std::memcpy(to[0], static_cast<const void*>(from), std::size_t(count) * sizeof(T));
  } else {
    constexpr int n = register_lanes<T>;
    std::int64_t k = 0;
    for (; k + n <= count; k += n) {
      Register<T> rows[n];
      for (int i = 0; i < n; ++i) load<T>(rows[i], reinterpret_cast<const T*>(from + k + i));
      turn_over<T>(rows);
      for (int i = 0; i < lanes; ++i) store<T>(to[i] + k, rows[i]);
    }
    for (; k < count; ++k)
      for (int i = 0; i < lanes; ++i) to[i][k] = reinterpret_cast<const T*>(from + k)[i];
  }
}

/// Where the matrices in the lanes lie; lanes without one show the last again.
template <class V, class P>
struct LanePointers {
  using T = lane_t<V>;
  P at[lane_count<V>];
  int lanes;

  template <class Find>
  LanePointers(std::int64_t first, std::int64_t end, const Find& find)
      : lanes(int(std::min<std::int64_t>(lane_count<V>, end - first))) {
    for (int i = 0; i < lane_count<V>; ++i) at[i] = find(first + std::min(i, lanes - 1));
  }
};

/// Room for `count` vectors.
template <class V>
class LaneBuffer {
 public:
  explicit LaneBuffer(std::int64_t count) : buffer_(count * lane_count<V>) {}
  V* data() { return reinterpret_cast<V*>(buffer_.data()); }

 private:
  Buffer<lane_t<V>> buffer_;
};

}  // namespace cinta::kernels
