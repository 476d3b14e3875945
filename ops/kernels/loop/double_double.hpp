#pragma once
// Sums in about twice the precision of double, for what has to outlast many additions. Not long
// double, which is the x87's on one processor and software on another.

#include <cmath>

namespace cinta::kernels {

/// The unevaluated sum of two doubles, of which `low` is at most a rounding error of `high`. Sums
/// and products as in T. J. Dekker, "A floating-point technique for extending the available
/// precision", Numer. Math. 18, 1971. An infinity stays one.
struct DoubleDouble {
  double high = 0, low = 0;

  constexpr DoubleDouble() = default;
  constexpr DoubleDouble(double value) : high(value) {}
  template <class T>
  constexpr explicit operator T() const {
    return T(high);
  }

  friend constexpr DoubleDouble operator+(const DoubleDouble& a, const DoubleDouble& b) {
    const double sum = a.high + b.high, part = sum - a.high;
    return renormalized(sum, (a.high - (sum - part)) + (b.high - part) + (a.low + b.low));
  }
  friend constexpr DoubleDouble operator-(const DoubleDouble& a, DoubleDouble b) {
    b.high = -b.high, b.low = -b.low;
    return a + b;
  }
  friend DoubleDouble operator*(const DoubleDouble& a, double b) {
    const double product = a.high * b;
    return renormalized(product, std::fma(a.high, b, -product) + a.low * b);
  }
  constexpr DoubleDouble& operator+=(const DoubleDouble& other) { return *this = *this + other; }

 private:
  static constexpr DoubleDouble renormalized(double high, double low) {
    DoubleDouble result(high + low);
    // The difference of infinities, or of what overflows on the way, is NaN: no error to keep.
    if (!(result.high - result.high == 0)) return high;
    result.low = low - (result.high - high);
    return result;
  }
};

}  // namespace cinta::kernels
