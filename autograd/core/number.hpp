#pragma once
// Number: a C++ number as an argument, for which double would be too small.

#include <cinta/autograd/core/dtype.hpp>
#include <cinta/autograd/core/site.hpp>
#include <concepts>
#include <cstdint>
#include <type_traits>

#pragma GCC visibility push(default)
namespace cinta {

/// A number of any arithmetic type. Integers are kept exactly, also beyond 2^53, where double has
/// gaps. Throws ValueError for an unsigned one that int64 cannot hold.
class Number {
 public:
  template <class T>
  requires std::is_arithmetic_v<T> Number(T value, Site site = {}) {
    if constexpr (std::is_floating_point_v<T>) {
      real_ = double(value);
    } else {
      if constexpr (std::is_unsigned_v<T> && sizeof(T) == sizeof integer_)
        if (value > T(INT64_MAX)) refuse(value, site);
      kind_ = std::same_as<T, bool> ? boolean : int64;
      integer_ = std::int64_t(value);
    }
  }

  /// boolean, int64, or float32 for any floating type.
  Dtype kind() const { return kind_; }
  /// The element that it becomes.
  template <class T>
  T as() const {
    return is_floating(kind_) ? element_cast<T>(real_) : element_cast<T>(integer_);
  }

 private:
  [[noreturn]] static void refuse(std::uint64_t value, const Site& site);

  Dtype kind_ = float32;
  union {
    std::int64_t integer_;
    double real_;
  };
};

}  // namespace cinta
#pragma GCC visibility pop
