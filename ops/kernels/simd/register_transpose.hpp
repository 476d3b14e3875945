#pragma once
// Squares as wide as a register, turned over in registers. Only for *_simd.cpp files: each
// instruction set compiles its own copy.

#include <cstring>
#include <utility>

namespace cinta::kernels {

#if defined(__AVX512F__)
inline constexpr int register_bytes = 64;
#elif defined(__AVX2__)
inline constexpr int register_bytes = 32;
#else
inline constexpr int register_bytes = 16;
#endif

template <class T>
inline constexpr int register_lanes = register_bytes / int(sizeof(T));

namespace detail {

template <class T>
struct RegisterOf {
  using type [[gnu::vector_size(register_bytes)]] = T;
};

}  // namespace detail

template <class T>
using Register = typename detail::RegisterOf<T>::type;

// Through references, since how a wide vector is returned depends on compiler flags.
template <class T>
void load(Register<T>& lanes, const T* from) {
  std::memcpy(&lanes, from, sizeof lanes);
}
template <class T>
void store(T* to, const Register<T>& lanes) {
  std::memcpy(to, &lanes, sizeof lanes);
}

namespace detail {

// Exchanges the halves of size `distance` that lie off the diagonal of each square of twice that
// size, in all rows; with all distances down to 1 the square is turned over.
template <class T, int distance, int... lane>
void exchange(Register<T>* rows, std::integer_sequence<int, lane...>) {
  constexpr int n = register_lanes<T>;
  for (int i = 0; i < n; ++i) {
    if (i & distance) continue;
    const Register<T> a = rows[i], b = rows[i + distance];
    rows[i] = __builtin_shufflevector(a, b, (lane & distance ? n + lane - distance : lane)...);
    rows[i + distance] =
        __builtin_shufflevector(a, b, (lane & distance ? n + lane : lane + distance)...);
  }
}

template <class T, int distance>
void exchange_all(Register<T>* rows) {
  exchange<T, distance>(rows, std::make_integer_sequence<int, register_lanes<T>>());
  if constexpr (distance > 1) exchange_all<T, distance / 2>(rows);
}

}  // namespace detail

/// Element k of row i becomes element i of row k. To be called where it is flattened: the rows are
/// to stay in registers.
template <class T>
void turn_over(Register<T>* rows) {
  detail::exchange_all<T, register_lanes<T> / 2>(rows);
}

}  // namespace cinta::kernels
