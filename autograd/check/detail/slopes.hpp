#pragma once
// Private to the checks: the derivative of one number with respect to another, seen through
// differences only.

namespace cinta::detail {

/// Difference of function values. What does not change has slope 0, be it infinite or NaN.
double difference(double a, double b);

/// A derivative as differences show it.
struct Slope {
  double value;      // NaN if there is none
  double step = 0;   // the smallest that it rests on
  double noise = 0;  // what rounding of the function's values makes uncertain in it
};

/// Values of one function along one input: at x, and at x -+ a series of shrinking steps. The first
/// step suits functions that vary slowly, the last those that vary on a scale of 1e-7.
class Line {
 public:
  static constexpr int levels = 11;
  static constexpr double shrink = 4;
  /// The first step at x; each one after it is smaller by `shrink`.
  static double first_step(double x);

  double x = 0, value = 0;
  double rounded = 0;  // size of what the values were computed from, if larger than they are
  double left_x[levels], right_x[levels];
  double left[levels], right[levels];

  enum Side { both, to_left, to_right };

  /// The derivative, extrapolated to step 0 from those steps that agree best; NaN if the function
  /// is nowhere finite.
  Slope extrapolate(Side side) const;

  /// What the function does at x: as the step shrinks, its slopes to the left and right come
  /// together (smooth), keep their difference (kink), or its values do (jump).
  enum Kind { smooth, kink, jump };
  Kind kind(double tolerance) const;

 private:
  double slope(Side side, int level) const;
  double size(int level) const;
  double noise(int level) const;
};

}  // namespace cinta::detail
