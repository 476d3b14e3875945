#pragma once
// Integers that notice when they leave 64 bits: sizes, bytes and offsets of what users ask for.

#include <cstdint>

#pragma GCC visibility push(default)
namespace cinta {

/// A number that knows whether it, or one that it was computed from, did not fit. Asked once at the
/// end of a computation; `value()` has a meaning only if it `fits()`.
class Checked {
 public:
  constexpr Checked(std::int64_t value) : value_(value) {}

  constexpr bool fits() const { return fits_; }
  constexpr std::int64_t value() const { return value_; }

  friend constexpr Checked operator+(Checked a, Checked b) {
    const bool overflow = __builtin_add_overflow(a.value_, b.value_, &a.value_);
    a.fits_ = a.fits_ && b.fits_ && !overflow;
    return a;
  }
  friend constexpr Checked operator*(Checked a, Checked b) {
    const bool overflow = __builtin_mul_overflow(a.value_, b.value_, &a.value_);
    a.fits_ = a.fits_ && b.fits_ && !overflow;
    return a;
  }
  constexpr Checked& operator+=(Checked other) { return *this = *this + other; }
  constexpr Checked& operator*=(Checked other) { return *this = *this * other; }

 private:
  std::int64_t value_;
  bool fits_ = true;
};

}  // namespace cinta
#pragma GCC visibility pop
