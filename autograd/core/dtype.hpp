#pragma once
// Element types, chosen at run time.

#include <cstddef>
#include <cstdint>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta {

/// Element type of a tensor. The order is that of promotion: the later of two wins.
enum class Dtype : std::uint8_t { boolean, int64, float32, float64 };

inline constexpr Dtype boolean = Dtype::boolean;
inline constexpr Dtype int64 = Dtype::int64;
inline constexpr Dtype float32 = Dtype::float32;
inline constexpr Dtype float64 = Dtype::float64;

constexpr std::size_t size_of(Dtype dtype) {
  constexpr std::size_t bytes[] = {1, 8, 4, 8};
  return bytes[static_cast<int>(dtype)];
}

constexpr const char* name_of(Dtype dtype) {
  constexpr const char* names[] = {"bool", "int64", "float32", "float64"};
  return names[static_cast<int>(dtype)];
}

constexpr bool is_floating(Dtype dtype) { return dtype >= Dtype::float32; }

/// The type that holds values of both: bool < int64 < float32 < float64.
constexpr Dtype promote(Dtype a, Dtype b) { return a < b ? b : a; }

template <class T>
struct DtypeOf;  // undefined: T is not an element type
template <>
struct DtypeOf<bool> {
  static constexpr Dtype value = Dtype::boolean;
};
template <>
struct DtypeOf<std::int64_t> {
  static constexpr Dtype value = Dtype::int64;
};
template <>
struct DtypeOf<float> {
  static constexpr Dtype value = Dtype::float32;
};
template <>
struct DtypeOf<double> {
  static constexpr Dtype value = Dtype::float64;
};

/// What the elements of a tensor may be in C++: bool, std::int64_t, float, double.
template <class T>
concept ElementType = requires {
  DtypeOf<T>::value;
};

template <ElementType T>
inline constexpr Dtype dtype_of = DtypeOf<T>::value;

/// An element converted to another type, for every value of it in one way: a float becomes an int64
/// by truncation, and 0 if it is NaN, infinite or beyond int64; anything becomes a bool by "is not
/// 0", NaN as well.
template <class R, class T>
constexpr R element_cast(T value) {
  if constexpr (std::is_same_v<R, bool>) {
    return value != T(0);
  } else if constexpr (std::is_same_v<R, std::int64_t> && std::is_floating_point_v<T>) {
    constexpr T bound = T(9223372036854775808.0);
    return value >= -bound && value < bound ? R(value) : 0;
  } else {
    return R(value);
  }
}

/// Calls f.template operator()<T>() with the C++ type of `dtype`.
template <class F>
decltype(auto) dispatch(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::boolean: return f.template operator()<bool>();
    case Dtype::int64: return f.template operator()<std::int64_t>();
    case Dtype::float32: return f.template operator()<float>();
    default: return f.template operator()<double>();
  }
}

/// The same for the floating types only; the caller has checked that `dtype` is one.
template <class F>
decltype(auto) dispatch_floating(Dtype dtype, F&& f) {
  return dtype == Dtype::float64 ? f.template operator()<double>() : f.template operator()<float>();
}

}  // namespace cinta
#pragma GCC visibility pop
